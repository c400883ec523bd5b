package io.thalweg.cli.view;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "resume", description = "Follow the log again.", mixinStandardHelpOptions = true)
final class ViewResume implements Callable<Integer> {
    @Mixin
    private final ViewTarget target = new ViewTarget();

    @Override
    public Integer call() throws Exception {
        return target.act("resume", "resumed " + target.name());
    }
}
