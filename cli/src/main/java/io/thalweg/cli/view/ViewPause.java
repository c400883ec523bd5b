package io.thalweg.cli.view;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "pause", description = "Stop following the log for now.", mixinStandardHelpOptions = true)
final class ViewPause implements Callable<Integer> {
    @Mixin
    private final ViewTarget target = new ViewTarget();

    @Override
    public Integer call() throws Exception {
        return target.act("pause", "paused " + target.name());
    }
}
