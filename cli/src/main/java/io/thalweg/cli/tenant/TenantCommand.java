package io.thalweg.cli.tenant;

import picocli.CommandLine.Command;

/** Tenants, for the operator of a node: whoever can read its data directory. */
@Command(
        name = "tenant",
        description = "Create, list, limit and delete tenants (on the node's machine).",
        mixinStandardHelpOptions = true,
        subcommands = {TenantCreate.class, TenantList.class, TenantLimit.class, TenantDelete.class})
public final class TenantCommand {
    private TenantCommand() {}
}
