package io.thalweg.model;

import java.nio.charset.StandardCharsets;

/** Which slot a key falls into, and which partition owns it. The hash is MurmurHash3, 32 bits, seed 0, over the key's bytes. */
public final class Slots {
    /** How many there are, from 0. */
    public static final int COUNT = 4096;

    private Slots() {}

    /** The slot of a key that is text: of its UTF-8. */
    public static int of(String key) {
        return of(key.getBytes(StandardCharsets.UTF_8));
    }

    public static int of(byte[] key) {
        return hash(key) & (COUNT - 1);
    }

    /** The partition of {@code partitions} that owns a slot. */
    public static int partition(int slot, int partitions) {
        return (int) ((long) slot * partitions / COUNT);
    }

    /** The first slot of a partition, which owns those before {@code first(partition + 1, partitions)}. */
    public static int first(int partition, int partitions) {
        return (int) (((long) COUNT * partition + partitions - 1) / partitions);
    }

    static int hash(byte[] key) {
        int hash = 0;
        int whole = key.length & ~3;
        for (int i = 0; i < whole; i += 4) {
            int block = (key[i] & 0xff) | (key[i + 1] & 0xff) << 8 | (key[i + 2] & 0xff) << 16 | key[i + 3] << 24;
            hash = Integer.rotateLeft(hash ^ mix(block), 13) * 5 + 0xe6546b64;
        }
        int tail = 0;
        for (int i = key.length - 1; i >= whole; i--) {
            tail = tail << 8 | (key[i] & 0xff);
        }
        hash ^= mix(tail) ^ key.length;
        hash = (hash ^ hash >>> 16) * 0x85ebca6b;
        hash = (hash ^ hash >>> 13) * 0xc2b2ae35;
        return hash ^ hash >>> 16;
    }

    private static int mix(int block) {
        return Integer.rotateLeft(block * 0xcc9e2d51, 15) * 0x1b873593;
    }
}
