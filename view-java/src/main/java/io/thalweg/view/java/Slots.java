package io.thalweg.view.java;

import io.thalweg.index.IndexSpace;
import java.nio.charset.StandardCharsets;

/** Which slot a key falls into, and which partition owns it. The hash is MurmurHash3, 32 bits, seed 0, over the key's UTF-8. */
public final class Slots {
    private Slots() {}

    public static int of(String key) {
        return hash(key.getBytes(StandardCharsets.UTF_8)) & (IndexSpace.SLOTS - 1);
    }

    /** The partition of {@code partitions} that owns a slot: p owns from ceil(slots·p/partitions) on. */
    public static int partition(int slot, int partitions) {
        return (int) ((long) slot * partitions / IndexSpace.SLOTS);
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
