//! Text of measured files: encodings, lines, numbers as people and instruments write them.
