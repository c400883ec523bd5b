package io.thalweg.cli.view;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "rollback", description = "Let the version before answer again.", mixinStandardHelpOptions = true)
final class ViewRollBack implements Callable<Integer> {
    @Mixin
    private final ViewTarget target = new ViewTarget();

    @Override
    public Integer call() throws Exception {
        return target.act("rollback", "the version before of " + target.view + " answers again");
    }
}
