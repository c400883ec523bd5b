package io.thalweg.view.wasm;

import io.thalweg.view.ViewTrap;
import io.thalweg.view.wasm.engine.CoreModule;
import io.thalweg.view.wasm.engine.LinearMemory;
import io.thalweg.view.wasm.engine.MemoryBudget;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Moves values of the canonical ABI between host and guest: lists of bytes and strings are a pointer and a length; what goes in lies
 * where the guest's realloc function says. Whatever the guest says about its memory is checked, unsigned, before it is used. One thread
 * at a time.
 */
final class GuestMemory {
    private final @Nullable LinearMemory memory;
    private final CoreModule.@Nullable Function realloc;
    private final long[] reallocArguments = new long[4];

    GuestMemory(@Nullable LinearMemory memory, CoreModule.@Nullable Function realloc) {
        this.memory = memory;
        this.realloc = realloc;
    }

    /** The loader has checked that functions that need a memory have one. */
    private LinearMemory memory() {
        if (memory == null) {
            throw new ViewTrap("the component passes lists without a memory");
        }
        return memory;
    }

    /** Space in the guest for {@code size} bytes; the guest owns it. */
    int allocate(int size, int alignment) {
        if (realloc == null) {
            throw new ViewTrap("the component receives lists without a realloc function");
        }
        long[] arguments = reallocArguments;
        arguments[0] = 0;
        arguments[1] = 0;
        arguments[2] = alignment;
        arguments[3] = size;
        int address = result(realloc.call(arguments));
        if ((address & (alignment - 1)) != 0) {
            throw new ViewTrap(
                    "realloc returned " + Integer.toUnsignedLong(address) + ", which is not aligned to " + alignment);
        }
        // Even no bytes must lie inside: a pointer behind the end of memory is a broken allocator.
        if (address < 0 || address > memory().pages() * MemoryBudget.PAGE_BYTES - size) {
            throw new ViewTrap("realloc returned " + Integer.toUnsignedLong(address) + " for " + size
                    + " bytes, outside of a memory of " + (long) memory().pages() * MemoryBudget.PAGE_BYTES);
        }
        return address;
    }

    /** The i32 that a core function returned. */
    static int result(long @Nullable [] results) {
        if (results == null || results.length == 0) {
            throw new ViewTrap("a core function returned nothing");
        }
        return (int) results[0];
    }

    /** Copies the rest of a buffer, whose position does not move, into fresh space. */
    int pass(ByteBuffer bytes) {
        int address = allocate(bytes.remaining(), 1);
        memory().write(address, bytes);
        return address;
    }

    int pass(byte[] bytes) {
        int address = allocate(bytes.length, 1);
        memory().write(address, bytes, 0, bytes.length);
        return address;
    }

    int readInt(int address) {
        if ((address & 3) != 0) {
            throw new ViewTrap("a result at " + Integer.toUnsignedLong(address) + " is not aligned to 4");
        }
        return memory().readInt(address);
    }

    void writeInt(int address, int value) {
        if ((address & 3) != 0) {
            throw new ViewTrap("space for a result at " + Integer.toUnsignedLong(address) + " is not aligned to 4");
        }
        memory().writeI32(address, value);
    }

    /** The case of a variant, option or result with {@code cases} cases. */
    int readCase(int address, int cases) {
        if ((address & 3) != 0) {
            throw new ViewTrap("a result at " + Integer.toUnsignedLong(address) + " is not aligned to 4");
        }
        int number = memory().read(address) & 0xff;
        if (number >= cases) {
            throw new ViewTrap("a variant has case " + number + ", there are only " + cases);
        }
        return number;
    }

    /** A list of bytes whose pointer and length are given. */
    byte[] read(int address, int length, int maxBytes) {
        if (length < 0 || length > maxBytes) {
            throw new ViewTrap("a result of " + Integer.toUnsignedLong(length) + " bytes, the limit is " + maxBytes);
        }
        return memory().readBytes(address, length);
    }

    /** A list of bytes whose pointer and length lie at {@code address}. */
    byte[] readList(int address, int maxBytes) {
        return read(readInt(address), readInt(address + 4), maxBytes);
    }

    /** Bytes that must be UTF-8, by the address of their pointer and length. */
    byte[] readText(int address, int maxBytes) {
        byte[] bytes = readList(address, maxBytes);
        text(bytes);
        return bytes;
    }

    String readString(int address, int maxBytes) {
        return text(readList(address, maxBytes));
    }

    private static String text(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException _) {
            throw new ViewTrap("a string of the component is not UTF-8");
        }
    }

    /** Stores a pointer and a length. */
    void writePair(int address, int pointer, int length) {
        writeInt(address, pointer);
        writeInt(address + 4, length);
    }
}
