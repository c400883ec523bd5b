package io.thalweg.cli.view;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "activate", description = "Let a version answer from now on.", mixinStandardHelpOptions = true)
final class ViewActivate implements Callable<Integer> {
    @Mixin
    private final ViewTarget target = new ViewTarget();

    @Option(names = "--version-number", required = true, paramLabel = "N", description = "The version.")
    private long version;

    @Override
    public Integer call() throws Exception {
        return target.act("activate?version=" + version, "version " + version + " of " + target.name() + " answers");
    }
}
