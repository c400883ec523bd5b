package io.thalweg.view.wasm;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Lets any thread stop the call that one thread is in. The engine stops when its thread is interrupted; the difficulty is that an interrupt
 * which comes a moment late must not hit whatever the thread does next. So a call is left only when nobody is
 * about to interrupt it, and a flag that was set on its behalf is cleared on the way out. Costs one volatile write and one
 * compare-and-set a call.
 */
final class Interruption {
    private static final int IDLE = 0;
    private static final int RUNNING = 1;
    private static final int INTERRUPTING = 2;
    private static final int INTERRUPTED = 3;

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(Interruption.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private volatile int state = IDLE;
    private @Nullable Thread runner;

    /** The calling thread enters a call. */
    void enter() {
        runner = Thread.currentThread();
        if (!STATE.compareAndSet(this, IDLE, RUNNING)) {
            throw new IllegalStateException("a view instance is used by two threads at once");
        }
    }

    /** The calling thread leaves the call, if it is in one; true when {@link #interrupt} hit it. */
    boolean exit() {
        if (STATE.compareAndSet(this, RUNNING, IDLE) || state == IDLE) {
            return false;
        }
        while (state == INTERRUPTING) {
            Thread.onSpinWait();
        }
        Thread.interrupted();
        state = IDLE;
        return true;
    }

    /** Interrupts the call that is under way; does nothing when there is none. Any thread. */
    void interrupt() {
        if (STATE.compareAndSet(this, RUNNING, INTERRUPTING)) {
            Thread thread = runner;
            if (thread != null) {
                thread.interrupt();
            }
            state = INTERRUPTED;
        }
    }
}
