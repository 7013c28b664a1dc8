//! Truncated ELF files, found before `dlopen` maps them.
//!
//! `dlopen` believes the headers of a file: it maps segments that the file does not have, and the first access behind
//! the end kills the process with `SIGBUS`. Files that are broken in other ways are left to `dlopen`.

use std::fs::File;
use std::path::Path;

use object::elf::{FileHeader32, FileHeader64};
use object::read::ReadCache;
use object::read::elf::{FileHeader, ProgramHeader, SectionHeader};
use object::{Endianness, FileKind};

/// Why the file must not be mapped; `None` for a complete ELF file, and for what `dlopen` refuses without harm: other
/// formats, files that can't be read.
pub(crate) fn truncation(path: &Path) -> Option<String> {
    let file = File::open(path).ok()?;
    let metadata = file.metadata().ok()?;
    if !metadata.is_file() {
        return None;
    }
    let data = ReadCache::new(file);
    let end = match FileKind::parse(&data).ok()? {
        FileKind::Elf32 => end::<FileHeader32<Endianness>>(&data),
        FileKind::Elf64 => end::<FileHeader64<Endianness>>(&data),
        _ => return None,
    };
    let length = metadata.len();
    match end {
        Ok(end) if end <= length => None,
        Ok(end) => Some(format!(
            "{}: truncated file: it has {length} bytes, but its headers describe {end}",
            path.display()
        )),
        Err(error) => Some(format!("{}: truncated or damaged file: {error}", path.display())),
    }
}

/// Where the last byte that the headers speak of ends.
fn end<H: FileHeader<Endian = Endianness>>(data: &ReadCache<File>) -> object::Result<u64> {
    let header = H::parse(data)?;
    let endian = header.endian()?;
    let segments = header.program_headers(endian, data)?.iter().map(|segment| segment.file_range(endian));
    let sections =
        header.section_headers(endian, data)?.iter().filter_map(|section| section.file_range(endian));
    let ends = segments.chain(sections).map(|(offset, size)| offset.saturating_add(size));
    Ok(ends.max().unwrap_or(0))
}
