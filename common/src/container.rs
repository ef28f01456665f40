//! Containers around measured files (gzip, ZIP, OLE2), opened under explicit limits.
