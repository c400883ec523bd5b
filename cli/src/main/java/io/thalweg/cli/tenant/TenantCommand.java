package io.thalweg.cli.tenant;

import picocli.CommandLine.Command;

/** Tenants, for the operator of a node: whoever can read its data directory. */
@Command(
        name = "tenant",
        description = "Create, list, limit, delete and erase tenants (on the node's machine).",
        mixinStandardHelpOptions = true,
        subcommands = {TenantCreate.class, TenantList.class, TenantLimit.class, TenantDelete.class, TenantErase.class})
public final class TenantCommand {
    private TenantCommand() {}
}
