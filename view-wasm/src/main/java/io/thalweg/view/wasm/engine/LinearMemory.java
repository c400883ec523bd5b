package io.thalweg.view.wasm.engine;

import io.thalweg.view.ViewTrap;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import run.endive.runtime.ConstantEvaluators;
import run.endive.runtime.Instance;
import run.endive.runtime.Memory;
import run.endive.wasm.types.ActiveDataSegment;
import run.endive.wasm.types.DataSegment;
import run.endive.wasm.types.MemoryLimits;
import run.endive.wasm.types.PassiveDataSegment;

/**
 * A linear memory as one array. The engine's own is a list of pages; ours exists so that an event goes from the log's buffer into the
 * guest in one copy, and so that all memories of an instance share one limit.
 *
 * <p>Addresses are unsigned 32 bits, but no memory reaches 2^31 bytes, so that a negative {@code int} is always out of bounds. The
 * array may be larger than the memory, which grows by half at least so that growing page by page stays linear.
 */
public final class LinearMemory implements Memory {
    private static final VarHandle SHORT = view(short[].class);
    private static final VarHandle INT = view(int[].class);
    private static final VarHandle LONG = view(long[].class);
    private static final VarHandle FLOAT = view(float[].class);
    private static final VarHandle DOUBLE = view(double[].class);

    private final MemoryLimits declared;
    private final MemoryBudget budget;
    private byte[] bytes;
    private int size;
    private DataSegment[] segments = {};

    LinearMemory(MemoryLimits declared, MemoryBudget budget) {
        this.declared = declared;
        this.budget = budget;
        budget.takeInitial(declared.initialPages());
        this.size = declared.initialPages() * PAGE_SIZE;
        this.bytes = new byte[size];
    }

    private static VarHandle view(Class<?> type) {
        return MethodHandles.byteArrayViewVarHandle(type, ByteOrder.LITTLE_ENDIAN);
    }

    private void check(int address, int length) {
        if (address < 0 || length < 0 || address > size - length) {
            throw outOfBounds(address, length);
        }
    }

    private ViewTrap outOfBounds(int address, int length) {
        return new ViewTrap("out of bounds memory access: " + Integer.toUnsignedLong(length) + " bytes at "
                + Integer.toUnsignedLong(address) + " of a memory of " + size);
    }

    // ---- for the host ----

    /** Copies what is left in {@code from}, whose position does not move. */
    public void write(int address, ByteBuffer from) {
        int length = from.remaining();
        check(address, length);
        from.get(from.position(), bytes, address, length);
    }

    // ---- for the engine ----

    @Override
    public int pages() {
        return size / PAGE_SIZE;
    }

    @Override
    public int grow(int delta) {
        int before = pages();
        if (delta < 0 || delta > maximumPages() - before || !budget.take(delta)) {
            return -1;
        }
        size += delta * PAGE_SIZE;
        if (size > bytes.length) {
            long roomy = Math.max(size, Math.min(bytes.length + bytes.length / 2L, (long) maximumPages() * PAGE_SIZE));
            bytes = Arrays.copyOf(bytes, (int) roomy);
        }
        return before;
    }

    @Override
    public int initialPages() {
        return declared.initialPages();
    }

    @Override
    public int maximumPages() {
        return Math.min(declared.maximumPages(), budget.maxPages());
    }

    @Override
    public boolean shared() {
        return false;
    }

    @Override
    @SuppressWarnings("removal")
    public Object lock(int address) {
        return this;
    }

    @Override
    @SuppressWarnings("removal")
    public int waitOn(int address, int expected, long timeout) {
        throw new ViewTrap("a view that waits on its memory would wait for ever: it has one thread");
    }

    @Override
    @SuppressWarnings("removal")
    public int waitOn(int address, long expected, long timeout) {
        throw new ViewTrap("a view that waits on its memory would wait for ever: it has one thread");
    }

    @Override
    @SuppressWarnings("removal")
    public int notify(int address, int maxThreads) {
        check(address, 4);
        return 0;
    }

    @Override
    public void initialize(Instance instance, DataSegment[] dataSegments) {
        initialize(instance, dataSegments, 0);
    }

    @Override
    public void initialize(Instance instance, DataSegment[] dataSegments, int memoryIndex) {
        segments = dataSegments;
        for (DataSegment segment : dataSegments) {
            if (segment instanceof ActiveDataSegment active && active.index() == memoryIndex) {
                int offset = (int) ConstantEvaluators.computeConstantValue(instance, active.offsetInstructions())[0];
                write(offset, active.data(), 0, active.data().length);
            }
        }
    }

    @Override
    public void initPassiveSegment(int segment, int to, int offset, int length) {
        byte[] data = segments[segment].data();
        if (offset < 0 || length < 0 || offset > data.length - length) {
            throw new ViewTrap("out of bounds access to a data segment");
        }
        write(to, data, offset, length);
    }

    @Override
    public void drop(int segment) {
        segments[segment] = PassiveDataSegment.EMPTY;
    }

    @Override
    public void zero() {
        Arrays.fill(bytes, (byte) 0);
    }

    @Override
    public void fill(byte value, int from, int to) {
        check(from, to - from);
        Arrays.fill(bytes, from, to, value);
    }

    @Override
    public void copy(int to, int from, int length) {
        check(from, length);
        check(to, length);
        System.arraycopy(bytes, from, bytes, to, length);
    }

    @Override
    public void write(int address, byte[] data, int offset, int length) {
        check(address, length);
        System.arraycopy(data, offset, bytes, address, length);
    }

    @Override
    public byte[] readBytes(int address, int length) {
        check(address, length);
        return Arrays.copyOfRange(bytes, address, address + length);
    }

    @Override
    public byte read(int address) {
        check(address, 1);
        return bytes[address];
    }

    @Override
    public void writeByte(int address, byte value) {
        check(address, 1);
        bytes[address] = value;
    }

    @Override
    public short readShort(int address) {
        check(address, 2);
        return (short) SHORT.get(bytes, address);
    }

    @Override
    public long readU16(int address) {
        return readShort(address) & 0xffffL;
    }

    @Override
    public void writeShort(int address, short value) {
        check(address, 2);
        SHORT.set(bytes, address, value);
    }

    @Override
    public int readInt(int address) {
        check(address, 4);
        return (int) INT.get(bytes, address);
    }

    @Override
    public void writeI32(int address, int value) {
        check(address, 4);
        INT.set(bytes, address, value);
    }

    @Override
    public long readLong(int address) {
        check(address, 8);
        return (long) LONG.get(bytes, address);
    }

    @Override
    public void writeLong(int address, long value) {
        check(address, 8);
        LONG.set(bytes, address, value);
    }

    @Override
    public float readFloat(int address) {
        check(address, 4);
        return (float) FLOAT.get(bytes, address);
    }

    @Override
    public long readF32(int address) {
        return readInt(address);
    }

    @Override
    public void writeF32(int address, float value) {
        check(address, 4);
        FLOAT.set(bytes, address, value);
    }

    @Override
    public double readDouble(int address) {
        check(address, 8);
        return (double) DOUBLE.get(bytes, address);
    }

    @Override
    public long readF64(int address) {
        return readLong(address);
    }

    @Override
    public void writeF64(int address, double value) {
        check(address, 8);
        DOUBLE.set(bytes, address, value);
    }
}
