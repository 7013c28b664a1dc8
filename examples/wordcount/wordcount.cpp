// HPy in C++17: `wordcount.Counter` counts the words of texts.
//
// It shows what differs from C: a class that closes its handle, C++ objects in the struct of a type, and how C++
// exceptions become Python exceptions. The definitions (HPyDef_METH and so on) are the same as in C.
#include <hpy.h>

#include <algorithm>
#include <cctype>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace {

// A handle that is closed at the end of its scope.
class Handle {
public:
    Handle(HPyContext *ctx, HPy h) noexcept : ctx_(ctx), h_(h) {}
    Handle(Handle &&other) noexcept : ctx_(other.ctx_), h_(other.release()) {}
    Handle &operator=(Handle &&) = delete;
    ~Handle() { HPy_Close(ctx_, h_); } // does nothing for HPy_NULL

    explicit operator bool() const noexcept { return !HPy_IsNull(h_); }
    HPy get() const noexcept { return h_; }

    // Gives up the handle, so that it can be returned.
    [[nodiscard]] HPy release() noexcept { return std::exchange(h_, HPy_NULL); }

private:
    HPyContext *ctx_;
    HPy h_;
};

// Thrown when a Python exception is already set.
struct PythonError {};

// `h`, unless it is the failure value.
Handle check(HPyContext *ctx, HPy h)
{
    if (HPy_IsNull(h))
        throw PythonError{};
    return {ctx, h};
}

// Runs `body`. C++ exceptions must not leave a function that Python calls, so they become Python exceptions.
template <typename Body>
HPy guarded(HPyContext *ctx, Body body) noexcept
{
    try {
        return body();
    } catch (const PythonError &) {
        return HPy_NULL;
    } catch (const std::bad_alloc &) {
        return HPyErr_NoMemory(ctx);
    } catch (const std::exception &error) {
        return HPyErr_SetString(ctx, ctx->h_RuntimeError, error.what());
    }
}

std::string_view utf8_of(HPyContext *ctx, HPy str)
{
    HPy_ssize_t size;
    const char *text = HPyUnicode_AsUTF8AndSize(ctx, str, &size);
    if (text == nullptr)
        throw PythonError{};
    return {text, static_cast<std::size_t>(size)};
}

class Words {
public:
    void feed(std::string_view text)
    {
        // ASCII letters and all that is not ASCII; enough for an example.
        auto is_letter = [](unsigned char c) { return c >= 0x80 || std::isalpha(c); };
        auto word = text.begin();
        while ((word = std::find_if(word, text.end(), is_letter)) != text.end()) {
            auto end = std::find_if_not(word, text.end(), is_letter);
            ++counts_[std::string(word, end)];
            word = end;
        }
    }

    std::size_t size() const noexcept { return counts_.size(); }

    long count(std::string_view word) const
    {
        auto found = counts_.find(std::string(word));
        return found == counts_.end() ? 0 : found->second;
    }

    // The most frequent first; words with the same count in alphabetical order.
    std::vector<std::pair<std::string, long>> most_common(std::size_t limit) const
    {
        std::vector<std::pair<std::string, long>> all(counts_.begin(), counts_.end());
        std::sort(all.begin(), all.end(), [](const auto &a, const auto &b) {
            return a.second != b.second ? a.second > b.second : a.first < b.first;
        });
        all.resize(std::min(limit, all.size()));
        return all;
    }

private:
    std::unordered_map<std::string, long> counts_;
};

// Python fills the struct with zeros, and may destroy it in that state: a null pointer is valid then, a C++ object of
// zeros would not be.
struct Counter {
    Words *words;
};

HPyType_HELPERS(Counter)

HPyDef_SLOT(Counter_new, HPy_tp_new)
HPy Counter_new_impl(HPyContext *ctx, HPy type, const HPy *args, HPy_ssize_t nargs, HPy)
{
    return guarded(ctx, [=] {
        if (!HPyArg_Parse(ctx, nullptr, args, static_cast<size_t>(nargs), ":Counter"))
            throw PythonError{};
        Counter *counter;
        Handle self = check(ctx, HPy_New(ctx, type, &counter));
        counter->words = new Words;
        return self.release();
    });
}

HPyDef_SLOT(Counter_destroy, HPy_tp_destroy)
void Counter_destroy_impl(void *data)
{
    delete static_cast<Counter *>(data)->words;
}

HPyDef_METH(Counter_feed, "feed", HPyFunc_O, .doc = "feed($self, text, /)\n--\n\nCount the words of a text.")
HPy Counter_feed_impl(HPyContext *ctx, HPy self, HPy text)
{
    return guarded(ctx, [=] {
        Counter_AsStruct(ctx, self)->words->feed(utf8_of(ctx, text));
        return HPy_Dup(ctx, ctx->h_None);
    });
}

HPyDef_METH(Counter_most_common, "most_common", HPyFunc_O,
            .doc = "most_common($self, limit, /)\n--\n\nThe most frequent words, each with its count.")
HPy Counter_most_common_impl(HPyContext *ctx, HPy self, HPy limit)
{
    return guarded(ctx, [=] {
        auto number = HPyLong_AsSize_t(ctx, limit);
        if (number == static_cast<std::size_t>(-1) && HPyErr_Occurred(ctx))
            throw PythonError{};
        Handle list = check(ctx, HPyList_New(ctx, 0));
        for (const auto &[word, count] : Counter_AsStruct(ctx, self)->words->most_common(number)) {
            Handle pair = check(ctx, HPy_BuildValue(ctx, "(sl)", word.c_str(), count));
            if (HPyList_Append(ctx, list.get(), pair.get()) < 0)
                throw PythonError{};
        }
        return list.release();
    });
}

HPyDef_SLOT(Counter_length, HPy_mp_length)
HPy_ssize_t Counter_length_impl(HPyContext *ctx, HPy self)
{
    return static_cast<HPy_ssize_t>(Counter_AsStruct(ctx, self)->words->size());
}

HPyDef_SLOT(Counter_subscript, HPy_mp_subscript)
HPy Counter_subscript_impl(HPyContext *ctx, HPy self, HPy word)
{
    return guarded(ctx, [=] {
        return HPyLong_FromLong(ctx, Counter_AsStruct(ctx, self)->words->count(utf8_of(ctx, word)));
    });
}

HPyDef *Counter_defines[] = {
    &Counter_new,    &Counter_destroy,   &Counter_feed, &Counter_most_common,
    &Counter_length, &Counter_subscript, nullptr,
};

HPyType_Spec Counter_spec = {
    .name = "wordcount.Counter",
    .basicsize = sizeof(Counter),
    .flags = HPy_TPFLAGS_DEFAULT,
    .builtin_shape = SHAPE(Counter),
    .defines = Counter_defines,
    .doc = "Counter()\n--\n\nCounts the words of texts.",
};

HPyDef_SLOT(wordcount_exec, HPy_mod_exec)
int wordcount_exec_impl(HPyContext *ctx, HPy module)
{
    return HPyHelpers_AddType(ctx, module, "Counter", &Counter_spec, nullptr) ? 0 : -1;
}

HPyDef *wordcount_defines[] = {&wordcount_exec, nullptr};

HPyModuleDef wordcount_module = {
    .doc = "Counts words.",
    .defines = wordcount_defines,
};

} // namespace

HPy_MODINIT(wordcount, wordcount_module)
