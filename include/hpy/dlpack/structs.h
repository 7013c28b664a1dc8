/* The structs of DLPack 1.3, as all libraries that exchange tensors lay them out. Not to be included directly.
 *
 * The names are those of DLPack's own dlpack.h, which may be included instead, before hpy/dlpack.h. The specification
 * is https://dmlc.github.io/dlpack/latest/.
 */
#ifndef HPY_DLPACK_STRUCTS_H
#define HPY_DLPACK_STRUCTS_H

#ifdef DLPACK_DLPACK_H_
#  if DLPACK_MAJOR_VERSION != 1 || DLPACK_MINOR_VERSION < 3
#    error "hpy/dlpack.h needs dlpack.h of DLPack 1.3 or newer 1.x; or leave it out"
#  endif
#else
#  define DLPACK_DLPACK_H_

#  include <stddef.h>
#  include <stdint.h>

#  define DLPACK_MAJOR_VERSION 1
#  define DLPACK_MINOR_VERSION 3

#  define DLPACK_FLAG_BITMASK_READ_ONLY (1UL << 0UL)
#  define DLPACK_FLAG_BITMASK_IS_COPIED (1UL << 1UL)
#  define DLPACK_FLAG_BITMASK_IS_SUBBYTE_TYPE_PADDED (1UL << 2UL)

#  ifdef __cplusplus
extern "C" {
#  endif

typedef struct {
    uint32_t major;
    uint32_t minor;
} DLPackVersion;

#  ifdef __cplusplus
typedef enum : int32_t {
#  else
typedef enum {
#  endif
    kDLCPU = 1,
    kDLCUDA = 2,
    kDLCUDAHost = 3,
    kDLOpenCL = 4,
    kDLVulkan = 7,
    kDLMetal = 8,
    kDLVPI = 9,
    kDLROCM = 10,
    kDLROCMHost = 11,
    kDLExtDev = 12,
    kDLCUDAManaged = 13,
    kDLOneAPI = 14,
    kDLWebGPU = 15,
    kDLHexagon = 16,
    kDLMAIA = 17,
    kDLTrn = 18,
} DLDeviceType;

typedef struct {
    DLDeviceType device_type;
    int32_t device_id;
} DLDevice;

typedef enum {
    kDLInt = 0U,
    kDLUInt = 1U,
    kDLFloat = 2U,
    kDLOpaqueHandle = 3U,
    kDLBfloat = 4U,
    kDLComplex = 5U,
    kDLBool = 6U,
    kDLFloat8_e3m4 = 7U,
    kDLFloat8_e4m3 = 8U,
    kDLFloat8_e4m3b11fnuz = 9U,
    kDLFloat8_e4m3fn = 10U,
    kDLFloat8_e4m3fnuz = 11U,
    kDLFloat8_e5m2 = 12U,
    kDLFloat8_e5m2fnuz = 13U,
    kDLFloat8_e8m0fnu = 14U,
    kDLFloat6_e2m3fn = 15U,
    kDLFloat6_e3m2fn = 16U,
    kDLFloat4_e2m1fn = 17U,
} DLDataTypeCode;

/* An item: what it is, how many bits it has, and how many of them are together (1, but for vectors). */
typedef struct {
    uint8_t code;
    uint8_t bits;
    uint16_t lanes;
} DLDataType;

/* `strides` count items, not bytes; NULL, up to DLPack 1.1, for items that follow each other as in C arrays. */
typedef struct {
    void *data;
    DLDevice device;
    int32_t ndim;
    DLDataType dtype;
    int64_t *shape;
    int64_t *strides;
    uint64_t byte_offset;
} DLTensor;

/* Before DLPack 1.0, in capsules named "dltensor". */
typedef struct DLManagedTensor {
    DLTensor dl_tensor;
    void *manager_ctx;
    void (*deleter)(struct DLManagedTensor *self);
} DLManagedTensor;

/* In capsules named "dltensor_versioned". All up to `flags` stays in its place in any version. */
typedef struct DLManagedTensorVersioned {
    DLPackVersion version;
    void *manager_ctx;
    void (*deleter)(struct DLManagedTensorVersioned *self);
    uint64_t flags;
    DLTensor dl_tensor;
} DLManagedTensorVersioned;

/* The functions of the C exchange table. An object is a `PyObject *`; they return 0, or -1 with an exception set. */
typedef int (*DLPackManagedTensorAllocator)(DLTensor *prototype, DLManagedTensorVersioned **out, void *error_ctx,
                                            void (*SetError)(void *error_ctx, const char *kind, const char *message));
typedef int (*DLPackManagedTensorFromPyObjectNoSync)(void *py_object, DLManagedTensorVersioned **out);
typedef int (*DLPackManagedTensorToPyObjectNoSync)(DLManagedTensorVersioned *tensor, void **out_py_object);
typedef int (*DLPackDLTensorFromPyObjectNoSync)(void *py_object, DLTensor *out);
typedef int (*DLPackCurrentWorkStream)(DLDeviceType device_type, int32_t device_id, void **out_current_stream);

/* The beginning of a table in any version. `prev_api` is a table of an older major version, or NULL. */
typedef struct DLPackExchangeAPIHeader {
    DLPackVersion version;
    struct DLPackExchangeAPIHeader *prev_api;
} DLPackExchangeAPIHeader;

/* In the capsule "dlpack_exchange_api" that is the attribute `__dlpack_c_exchange_api__` of a type.
 * `dltensor_from_py_object_no_sync` may be NULL. */
typedef struct DLPackExchangeAPI {
    DLPackExchangeAPIHeader header;
    DLPackManagedTensorAllocator managed_tensor_allocator;
    DLPackManagedTensorFromPyObjectNoSync managed_tensor_from_py_object_no_sync;
    DLPackManagedTensorToPyObjectNoSync managed_tensor_to_py_object_no_sync;
    DLPackDLTensorFromPyObjectNoSync dltensor_from_py_object_no_sync;
    DLPackCurrentWorkStream current_work_stream;
} DLPackExchangeAPI;

#  ifdef __cplusplus
}
#  endif

#endif

#endif /* HPY_DLPACK_STRUCTS_H */
