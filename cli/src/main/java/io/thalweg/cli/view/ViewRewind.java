package io.thalweg.cli.view;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "rewind",
        description = "Have a view in Java begin anew, from the first events that are kept.",
        mixinStandardHelpOptions = true)
final class ViewRewind implements Callable<Integer> {
    @Mixin
    private final ViewTarget target = new ViewTarget();

    @Override
    public Integer call() throws Exception {
        return target.act("rewind", target.name() + " begins anew");
    }
}
