package io.thalweg.view.wasm.engine;

/**
 * What one component instance may still do in the call that is under way, over all of its core modules. The code counts it down itself
 * ({@link EndiveMeter}), so that a call that does too much ends at the same instruction on every machine, compiled or interpreted; the host
 * adds what it does for the code. One thread at a time.
 *
 * <p>Numbers here are part of what a component means: where they change, replicas of two releases would differ at the same event. So a change gets
 * another {@link #RULE}.
 */
public interface Fuel {
    /** Which rule of counting this is; whatever keeps compiled or metered code keeps it by this, too. */
    int RULE = 1;

    /** Units for each millisecond that a view's limit on time has: what compiled code does in one on an ordinary machine at its fastest. */
    long UNITS_PER_MS = 10_000_000;

    /** The same for a component that is interpreted everywhere, since it is large. */
    long UNITS_PER_MS_OF_LARGE = 100_000;

    /**
     * Words of stack that calls inside each other may take by the count of {@link EndiveMeter#FRAME_WORDS}: an eighth of what the threads have
     * that run views, since frames are only estimated, and the interpreter's take several times as much until the JVM has compiled it.
     */
    int STACK_WORDS = 1 << 20;

    /** A call of the index; bytes that pass come on top. */
    int INDEX_CALL = 1_000;

    /** An item that a range of the index returns. */
    int INDEX_ITEM = 100;

    /** Bytes that are moved for one unit. */
    int BYTES_PER_UNIT = 16;

    /** A call from outside begins. */
    void fill(long units);

    /** What is left; less than nothing once it has run out. */
    long left();

    /** Whether calls inside each other took more stack than they may. */
    boolean isTooDeep();

    /** The host did something for the code. */
    void charge(long units);

    /** The host moved bytes for the code. */
    default void chargeBytes(long bytes) {
        charge(bytes / BYTES_PER_UNIT);
    }

    /** A function that the host calls: what it leaves behind of its depth is taken back. */
    CoreModule.Function level(CoreModule.Function function);
}
