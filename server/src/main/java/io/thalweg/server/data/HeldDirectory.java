package io.thalweg.server.data;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A directory that this process has locked: flock(2) on a descriptor of it. The JDK locks files only, by fcntl(2), which wants a
 * descriptor that can be written. The lock belongs to the descriptor, so it also holds against others in this process.
 */
final class HeldDirectory implements AutoCloseable {
    private static final int READ_ONLY = 0;
    private static final int DIRECTORY = 0x10000;
    private static final int CLOSE_ON_EXEC = 0x80000;
    private static final int EXCLUSIVE_OR_FAIL = 2 | 4;
    private static final int WOULD_BLOCK = 11;

    private final Calls calls;
    private final int descriptor;

    private HeldDirectory(Calls calls, int descriptor) {
        this.calls = calls;
        this.descriptor = descriptor;
    }

    /** The three calls of the C library, which take and return numbers, but for a path. */
    private record Calls(MethodHandle open, MethodHandle flock, MethodHandle close) {
        private static final StructLayout STATE = Linker.Option.captureStateLayout();
        private static final VarHandle ERRNO = STATE.varHandle(StructLayout.PathElement.groupElement("errno"));
        private static final @Nullable Calls FOUND = find();

        @SuppressWarnings("restricted")
        private static @Nullable Calls find() {
            // The numbers above are Linux'.
            if (!System.getProperty("os.name", "").toLowerCase(Locale.ROOT).equals("linux")) {
                return null;
            }
            Linker linker = Linker.nativeLinker();
            Linker.Option errno = Linker.Option.captureCallState("errno");
            var names = linker.defaultLookup();
            FunctionDescriptor open =
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
            FunctionDescriptor flock =
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
            FunctionDescriptor close = FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
            return new Calls(
                    linker.downcallHandle(names.findOrThrow("open"), open, errno, Linker.Option.firstVariadicArg(2)),
                    linker.downcallHandle(names.findOrThrow("flock"), flock, errno),
                    linker.downcallHandle(names.findOrThrow("close"), close));
        }
    }

    /**
     * Locks a directory; null where that cannot be done.
     *
     * @throws IOException when another has it
     */
    static @Nullable HeldDirectory take(Path directory) throws IOException {
        Calls calls = Calls.FOUND;
        if (calls == null) {
            return null;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Calls.STATE);
            MemorySegment path = arena.allocateFrom(directory.toAbsolutePath().toString());
            int descriptor = (int) calls.open.invokeExact(state, path, READ_ONLY | DIRECTORY | CLOSE_ON_EXEC);
            if (descriptor < 0) {
                return null; // whoever reads it next says why
            }
            HeldDirectory held = new HeldDirectory(calls, descriptor);
            int refused = (int) calls.flock.invokeExact(state, descriptor, EXCLUSIVE_OR_FAIL);
            if (refused == 0) {
                return held;
            }
            held.close();
            if ((int) Calls.ERRNO.get(state, 0L) == WOULD_BLOCK) {
                throw new IOException("another node runs on " + directory + ": it holds the directory");
            }
            return null;
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("the C library cannot be called", e);
        }
    }

    @Override
    public void close() {
        try {
            int _ = (int) calls.close.invokeExact(descriptor);
        } catch (Throwable e) {
            throw new IllegalStateException("the C library cannot be called", e);
        }
    }
}
