package io.thalweg.cli.view;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "rewind",
        description =
                "Have a view in Java process its logs again: anew from empty indexes, or beside those that answer.",
        mixinStandardHelpOptions = true)
final class ViewRewind implements Callable<Integer> {
    @Mixin
    private final ViewTarget target = new ViewTarget();

    @Mixin
    private final Replay replay = new Replay();

    @Override
    public Integer call() throws Exception {
        return replay.isWanted()
                ? target.act(
                        "rewind?" + replay.way(),
                        target.name() + " processes its logs again beside itself, and takes over from itself then")
                : target.act("rewind", target.name() + " begins anew");
    }
}
