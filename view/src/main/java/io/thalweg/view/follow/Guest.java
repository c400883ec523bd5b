package io.thalweg.view.follow;

import io.thalweg.index.store.StoreException;
import io.thalweg.model.ThalwegException;
import io.thalweg.ports.clock.Clock;
import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.view.MemoryGrant;
import io.thalweg.view.VersionSpec;
import io.thalweg.view.ViewIndex;
import io.thalweg.view.ViewInstance;
import io.thalweg.view.ViewProgram;
import io.thalweg.view.schedule.CallGuard;
import io.thalweg.view.state.SavedState;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The code of one version while it runs: its program, and the instance that is alive, if one is. Each call is under the watchdog's eye and
 * its time is accounted. Used by the follower's worker alone.
 */
final class Guest {
    private static final Logger LOG = LoggerFactory.getLogger(Guest.class);

    /** What the code did wrong, on its way to where it is decided what follows. */
    static final class Stumble extends Exception {
        private final transient Throwable what;

        private Stumble(Throwable what) {
            super(what);
            this.what = what;
        }

        Throwable what() {
            return what;
        }
    }

    private final Clock clock;
    private final LongAdder tenantComputeNs;
    private final Supplier<MemoryGrant> memory;
    private @Nullable ViewProgram program;
    private @Nullable ViewInstance instance;
    private long computeNs;

    /**
     * @param tenantComputeNs what all views of the tenant spend
     * @param memory for an instance, of that which all views share
     */
    Guest(Clock clock, LongAdder tenantComputeNs, Supplier<MemoryGrant> memory) {
        this.clock = clock;
        this.tenantComputeNs = tenantComputeNs;
        this.memory = memory;
    }

    /** The program, loaded at the first call. */
    ViewProgram program(Supplier<ViewProgram> loader) {
        ViewProgram loaded = program;
        if (loaded == null) {
            loaded = loader.get();
            program = loaded;
        }
        return loaded;
    }

    @Nullable
    String world() {
        return program == null ? null : program.world();
    }

    boolean isAlive() {
        return instance != null;
    }

    long memoryBytes() {
        return instance == null ? 0 : instance.memoryBytes();
    }

    /** Wall-clock time spent in the code so far. */
    long computeNs() {
        return computeNs;
    }

    /** Starts an instance, with a state or without; none is alive before or after a stumble. */
    void start(ViewProgram code, VersionSpec spec, ViewIndex index, @Nullable SavedState from, CallGuard guard)
            throws Stumble {
        try {
            instance = code.start(spec.limits(), index, memory.get());
        } catch (RuntimeException | Error e) {
            throw new Stumble(e);
        }
        boolean good = false;
        try {
            run(guard, spec.wholeStateNs(), ViewInstance::init);
            if (from != null) {
                run(guard, spec.wholeStateNs(), fresh -> fresh.restore(from.guest()));
            }
            good = true;
        } finally {
            if (!good) {
                discard();
            }
        }
    }

    private void run(CallGuard guard, long limitNs, java.util.function.Consumer<ViewInstance> code) throws Stumble {
        this.<@Nullable Void>call(guard, limitNs, running -> {
            code.accept(running);
            return null;
        });
    }

    /** One call of the code. Faults of the machine pass through; all else is the code's. */
    <T extends @Nullable Object> T call(CallGuard guard, long limitNs, Function<ViewInstance, T> code) throws Stumble {
        ViewInstance running = alive();
        long began = clock.monotonicNs();
        guard.enter(running, limitNs);
        try {
            return code.apply(running);
        } catch (StoreException | CorruptionException | ThalwegException e) {
            throw e;
        } catch (RuntimeException | Error e) {
            throw new Stumble(e);
        } finally {
            guard.leave();
            account(began);
        }
    }

    /** Many calls, whose failures are the caller's to tell apart. */
    <T> T enter(CallGuard guard, long limitNs, Function<ViewInstance, T> calls) {
        ViewInstance running = alive();
        long began = clock.monotonicNs();
        guard.enter(running, limitNs);
        try {
            return calls.apply(running);
        } finally {
            guard.leave();
            account(began);
        }
    }

    private ViewInstance alive() {
        ViewInstance running = instance;
        if (running == null) {
            throw new IllegalStateException("no instance of the view's code is alive");
        }
        return running;
    }

    private void account(long beganNs) {
        long spent = clock.monotonicNs() - beganNs;
        computeNs += spent;
        tenantComputeNs.add(spent);
    }

    /** Lets go of the instance, if there is one. */
    void discard() {
        ViewInstance dead = instance;
        instance = null;
        if (dead != null) {
            try {
                dead.close();
            } catch (RuntimeException e) {
                LOG.warn("closing an instance of a view failed", e);
            }
        }
    }

    /** Lets go of the program, too. */
    void close() {
        discard();
        if (program != null) {
            program.close();
        }
    }
}
