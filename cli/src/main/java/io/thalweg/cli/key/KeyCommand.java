package io.thalweg.cli.key;

import picocli.CommandLine.Command;

/** API keys of the tenant: create, list, rotate, revoke. */
@Command(
        name = "key",
        description = "Create, list, rotate and revoke API keys.",
        mixinStandardHelpOptions = true,
        subcommands = {KeyCreate.class, KeyList.class, KeyRotate.class, KeyRevoke.class})
public final class KeyCommand {
    private KeyCommand() {}
}
