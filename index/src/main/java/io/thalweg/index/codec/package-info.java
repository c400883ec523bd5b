/**
 * The binary forms of what an index holds.
 *
 * <p><b>Keys</b> ({@link io.thalweg.index.codec.KeyWriter}) sort as unsigned bytes in the natural order of their type, and each ends
 * by itself, so that keys can follow each other and a key is never the beginning of another one:
 *
 * <pre>
 * integer   = head magnitude      head is 0x80 + n for n bytes of magnitude without leading zeros, big-endian; below zero
 *                                 head is 0x7f - n, the magnitude is that of -1 - value, and all its bytes are inverted. All
 *                                 widths alike, so that an int may become a long. Beyond 64 bits n stands for 8 + k, and k
 *                                 bytes (1 to 4) follow that hold the true n
 * real      = 8 bytes             IEEE 754, big-endian; the sign bit inverted, below zero all bits; one NaN, above all
 * boolean   = 00 | 01
 * text      = unit* 00            UTF-16 code units as in String.compareTo, each 1 to 3 bytes as UTF-8 would; 00 and 01 are
 *                                 written 01 01 and 01 02
 * bytes     = byte* 00            00 and 01 are written 01 01 and 01 02
 * time      = integer 4 bytes     seconds since 1970, then nanoseconds
 * duration  = integer 4 bytes     seconds, then nanoseconds
 * date      = integer             days since 1970
 * uuid      = 16 bytes            both halves with the sign bit inverted: the order of UUID.compareTo
 * enum      = integer             place in the declaration: constants are added at the end
 * record    = key of each field in the order of declaration
 * </pre>
 *
 * <p><b>Values</b> ({@link io.thalweg.index.codec.ValueWriter}) are small and read front to back by a schema that is known:
 *
 * <pre>
 * varint    = 7 bits a byte, low ones first, the high bit says that more follow
 * integer   = varint, zigzag: 0, -1, 1, -2 …
 * bytes     = varint length, bytes;   text = the same over UTF-8, surrogates that stand alone as 3 bytes
 * list, set = varint count, values;   map = varint count, then keys and values in turn
 * record    = varint count of fields, a bit for each (1: has a value), padded to bytes, then the values that there are
 * </pre>
 */
@NullMarked
package io.thalweg.index.codec;

import org.jspecify.annotations.NullMarked;
