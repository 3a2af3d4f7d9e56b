//! Pure media code: decode, resize, EXIF/XMP, thumbhash. No I/O.
