package io.thalweg.shard.thread;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Makes daemon threads for work that can wait: where processors are few, whoever answers a request goes first. On Linux each thread
 * has a nice value, which it may raise without any rights (setpriority(2), "C library/kernel differences"); elsewhere these are
 * threads like any other. The JVM's own priorities would change all its threads, and only for root.
 */
public final class BackgroundThreads implements ThreadFactory {
    /** A tenth of the weight of others, so that it moves on even where they never rest. */
    static final int NICE = 10;

    private static final int PRIO_PROCESS = 0;
    private static final int CALLING_THREAD = 0;

    private static final @Nullable MethodHandle SET_PRIORITY = setPriority();

    private final String prefix;
    private final AtomicLong number = new AtomicLong();

    /** @param prefix of the names, before a number from 0 */
    public BackgroundThreads(String prefix) {
        this.prefix = prefix;
    }

    @SuppressWarnings("restricted") // one call of the C library, which takes and returns numbers
    private static @Nullable MethodHandle setPriority() {
        if (!System.getProperty("os.name", "").toLowerCase(Locale.ROOT).equals("linux")) {
            return null;
        }
        Linker linker = Linker.nativeLinker();
        return linker.defaultLookup()
                .find("setpriority")
                .map(address -> linker.downcallHandle(
                        address,
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT)))
                .orElse(null);
    }

    @Override
    public Thread newThread(Runnable work) {
        return Thread.ofPlatform()
                .daemon()
                .name(prefix + number.getAndIncrement())
                .unstarted(() -> {
                    stepBack();
                    work.run();
                });
    }

    private static void stepBack() {
        MethodHandle call = SET_PRIORITY;
        if (call != null) {
            try {
                // A system that refuses has its reasons; then the thread competes like others.
                int _ = (int) call.invokeExact(PRIO_PROCESS, CALLING_THREAD, NICE);
            } catch (Throwable e) {
                throw new IllegalStateException("setpriority cannot be called", e);
            }
        }
    }
}
