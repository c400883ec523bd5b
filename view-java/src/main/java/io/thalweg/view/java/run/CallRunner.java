package io.thalweg.view.java.run;

import io.thalweg.view.java.Scene;
import java.time.Duration;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The port to where calls to the outside run. */
public interface CallRunner {
    /** Runs calls where they are asked for, at once; for tests. Knows no ledgers. */
    CallRunner INLINE = new CallRunner() {
        @Override
        public void run(Duration delay, Duration timeout, Work work, Consumer<Result> done) {
            done.accept(Result.of(work));
        }

        @Override
        public String transfer(UUID id, String ledger, Scene.Money money) {
            throw new UnsupportedOperationException("there is no ledger here");
        }
    };

    /** One try. */
    @FunctionalInterface
    interface Work {
        byte[] run() throws Exception;
    }

    /**
     * What came of a try.
     *
     * @param answer null if it failed
     */
    record Result(byte @Nullable [] answer, @Nullable String failure) {
        /** Runs a try here and now. */
        @SuppressWarnings("InterruptedExceptionSwallowed") // an interrupted try has failed, and its thread ends with it
        public static Result of(Work work) {
            try {
                return new Result(work.run(), null);
            } catch (Exception | StackOverflowError | LinkageError | AssertionError e) {
                return new Result(null, e.toString());
            }
        }
    }

    /**
     * Runs a try after a pause, and says what came of it, on any thread, once.
     *
     * @param timeout after which it has failed and its thread is interrupted
     */
    void run(Duration delay, Duration timeout, Work work, Consumer<Result> done);

    /** Books a transfer; see {@link Scene#transfer}. */
    String transfer(UUID id, String ledger, Scene.Money money) throws InterruptedException;
}
