package io.thalweg.cli.view;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "retry",
        description = "Try the event again at which a view is parked.",
        mixinStandardHelpOptions = true)
final class ViewRetry implements Callable<Integer> {
    @Mixin
    private final ViewTarget target = new ViewTarget();

    @Override
    public Integer call() throws Exception {
        return target.act("retry", "retrying " + target.name());
    }
}
