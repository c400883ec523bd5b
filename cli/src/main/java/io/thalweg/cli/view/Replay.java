package io.thalweg.cli.view;

import io.thalweg.cli.terminal.Failure;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whether a version of a view in Java processes its logs again beside the one that answers. */
final class Replay {
    @Option(
            names = "--replay",
            paramLabel = "all|kept",
            arity = "0..1",
            fallbackValue = "all",
            description =
                    "The view goes on while this version processes its logs again beside it, into indexes of its own,"
                            + " and takes over when it is where the view is. all: refused when not all events are kept;"
                            + " kept: those that are.")
    private @Nullable String events;

    boolean isWanted() {
        return events != null;
    }

    /** What the server is told: {@code way=…}. */
    String way() {
        return switch (events) {
            case null -> "way=in_place";
            case "all" -> "way=replay";
            case "kept" -> "way=replay_kept";
            default -> throw new Failure("--replay is all or kept, not " + events);
        };
    }
}
