package io.thalweg.view.wasm;

import io.thalweg.view.MemoryGrant;
import io.thalweg.view.ViewIndex;
import io.thalweg.view.ViewInstance;
import io.thalweg.view.ViewLimits;
import io.thalweg.view.ViewTrap;
import io.thalweg.view.wasm.IndexHost.Phase;
import io.thalweg.view.wasm.engine.EndiveModule;
import io.thalweg.view.wasm.engine.Fuel;
import io.thalweg.view.wasm.engine.MemoryBudget;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What instances of all worlds share: each call into the guest runs between {@link #enter} and {@link #leave}, whatever goes wrong in
 * it is a {@link ViewTrap}, and after one the instance is dead. An exception of the index, or a refusal of memory that the views of the node share, is
 * passed on as it is, and kills the instance too.
 *
 * <p>The code runs on the thread of the caller. A guest may use a lot of its stack (a JavaScript engine needs some megabytes).
 *
 * <p>Most traps are the code's own and the same everywhere, those of its {@link Fuel} among them. An interrupt, an exhausted stack of a thread and a process without
 * memory are the machine's: elsewhere the same call may well go on.
 */
abstract sealed class WasmInstance implements ViewInstance permits MachineInstance, EventInstance {
    final ViewLimits limits;
    private final long eventUnits;
    private final long wholeStateUnits;
    private final MemoryBudget budget;
    private final Fuel fuel = EndiveModule.fuel();
    private final IndexHost index;
    private final Interruption interruption = new Interruption();
    private @Nullable WasmProgram program;
    private @Nullable Map<String, GuestFunction> functions;
    private @Nullable String dead;

    WasmInstance(WasmProgram program, ViewLimits limits, ViewIndex index, MemoryGrant memory) {
        this.program = program;
        this.limits = limits;
        this.eventUnits = Math.multiplyExact(limits.maxEventTime().toMillis(), program.unitsPerMs());
        this.wholeStateUnits = Math.multiplyExact(limits.wholeStateTime().toMillis(), program.unitsPerMs());
        this.index = new IndexHost(index, fuel);
        this.budget = new MemoryBudget(limits.maxMemoryBytes(), memory);
    }

    @Override
    public void init() {
        if (program == null) {
            throw new ViewTrap("init is called once");
        }
        enter(Phase.OTHER);
        try {
            functions = program.link(index, budget, fuel);
            program = null;
            bind(functions);
            function("init").run();
        } catch (Throwable e) {
            throw died("init", e);
        } finally {
            leave();
        }
    }

    /** Keeps the functions that the world calls often. */
    abstract void bind(Map<String, GuestFunction> functions);

    final GuestFunction function(String name) {
        return Objects.requireNonNull(Objects.requireNonNull(functions).get(name));
    }

    final void enter(Phase phase) {
        if (dead != null) {
            throw new ViewTrap("the instance is dead: " + dead);
        }
        if (functions == null && program == null) {
            throw new ViewTrap("the instance is closed");
        }
        interruption.enter();
        index.enter(phase);
        fuel.fill(phase == Phase.OTHER ? wholeStateUnits : eventUnits);
    }

    /** What is left of what the last call might do. */
    final long fuelLeft() {
        return fuel.left();
    }

    /** Goes into {@code finally}. */
    final void leave() {
        index.enter(Phase.OTHER);
        interruption.exit();
    }

    /** Marks the instance dead and says why; for everything that is thrown between {@link #enter} and {@link #leave}. */
    final RuntimeException died(String during, Throwable cause) {
        boolean interrupted = interruption.exit();
        RuntimeException failure = index.failure();
        if (failure != null) {
            dead = "its index failed: " + failure;
            return failure;
        }
        RuntimeException refusal = budget.refusal();
        if (refusal != null) {
            dead = refusal.getMessage();
            return refusal;
        }
        ViewTrap trap = trap(during, interrupted, cause);
        dead = trap.getMessage();
        return trap;
    }

    private ViewTrap trap(String during, boolean interrupted, Throwable cause) {
        if (interrupted) {
            return new ViewTrap(during + " was interrupted: it took longer than it may", cause);
        }
        if (cause instanceof OutOfMemoryError) {
            return new ViewTrap(during + " needs more memory than the process has", cause);
        }
        if (cause instanceof StackOverflowError || cause.getCause() instanceof StackOverflowError) {
            return new ViewTrap(during + " trapped: call stack exhausted", cause);
        }
        if (cause instanceof VirtualMachineError fatal) {
            throw fatal;
        }
        if (fuel.left() < 0) {
            return new ViewTrap(
                    during + " trapped: out of fuel: it did more than its limit of time allows for on any machine",
                    cause);
        }
        if (fuel.isTooDeep()) {
            return new ViewTrap(during + " trapped: call stack exhausted", cause);
        }
        String message = cause.getMessage();
        return new ViewTrap(during + " trapped: " + (message == null ? cause.toString() : message), cause);
    }

    @Override
    public byte[] snapshot() {
        enter(Phase.OTHER);
        try {
            GuestFunction snapshot = function("snapshot");
            int result = snapshot.call();
            byte[] bytes = snapshot.memory().readList(result, limits.maxResultBytes());
            snapshot.done(result);
            return bytes;
        } catch (Throwable e) {
            throw died("snapshot", e);
        } finally {
            leave();
        }
    }

    @Override
    public void restore(byte[] snapshot) {
        enter(Phase.OTHER);
        try {
            GuestFunction restore = function("restore");
            restore.run(restore.memory().pass(snapshot), snapshot.length);
        } catch (Throwable e) {
            throw died("restore", e);
        } finally {
            leave();
        }
    }

    @Override
    public long memoryBytes() {
        return budget.usedBytes();
    }

    @Override
    public void interrupt() {
        interruption.interrupt();
    }

    @Override
    public void close() {
        program = null;
        functions = null;
        budget.close();
    }
}
