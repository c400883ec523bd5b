package io.thalweg.cli.view;

import picocli.CommandLine.Command;

/** Views: deploy them, watch them, ask them, and look after those that got stuck. */
@Command(
        name = "view",
        description = "Deploy, watch and query views.",
        mixinStandardHelpOptions = true,
        subcommands = {
            ViewDeploy.class,
            ViewList.class,
            ViewStatus.class,
            ViewQuery.class,
            ViewSelect.class,
            ViewExplore.class,
            ViewFollow.class,
            ViewAsk.class,
            ViewPause.class,
            ViewResume.class,
            ViewRetry.class,
            ViewSkip.class,
            ViewRepair.class,
            ViewOptions.class,
            ViewActivate.class,
            ViewRollBack.class,
            ViewRewind.class,
            ViewDelete.class
        })
public final class ViewCommand {
    private ViewCommand() {}
}
