package io.thalweg.cluster.action;

import java.util.Map;

/** The actions that do nothing, with which an operator's tool tries whether its way to a node works. */
public final class TestActions {
    private static final int TARGET_MAX = 1_000;

    private TestActions() {}

    /** By kind: those of today, and those of the dialect of 2020. */
    public static Map<String, Handler> all() {
        String scope = "agent.replicante.io/";
        return Map.of(
                scope + "test.success", new Success(),
                scope + "test.fail", new Fail(),
                scope + "test.loop", new Loop(),
                scope + "test.ping", new Success(),
                scope + "debug.success", new Success(),
                scope + "debug.fail", new Fail(),
                scope + "debug.progress", new Loop());
    }

    private record Success() implements Handler {
        @Override
        public void check(Arguments args) {
            // Whatever is sent along is welcome.
        }

        @Override
        public Outcome step(Arguments args, String payload) {
            return new Outcome.Done("");
        }
    }

    private record Fail() implements Handler {
        @Override
        public void check(Arguments args) {
            // As above.
        }

        @Override
        public Outcome step(Arguments args, String payload) {
            return new Outcome.Failed("it was asked to fail");
        }
    }

    /** Counts its steps until there are {@code target}, 10 unless said. */
    private record Loop() implements Handler {
        private static long target(Arguments args) {
            return args.number("target", 10, 1, TARGET_MAX);
        }

        @Override
        public void check(Arguments args) {
            args.requireOnly("target");
            var _ = target(args);
        }

        @Override
        public Outcome step(Arguments args, String payload) {
            long count = payload.isEmpty() ? 1 : Long.parseLong(payload) + 1;
            return count >= target(args)
                    ? new Outcome.Done(Long.toString(count))
                    : new Outcome.Again(Long.toString(count));
        }
    }
}
