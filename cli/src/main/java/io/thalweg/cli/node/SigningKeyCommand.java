package io.thalweg.cli.node;

import io.thalweg.cli.terminal.Failure;
import io.thalweg.server.auth.SigningKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Has another key sign tokens, in three steps between which the nodes run on. */
@Command(
        name = "signing-key",
        description = "Change the key that signs tokens, without a token that is void before its time.",
        mixinStandardHelpOptions = true)
public final class SigningKeyCommand implements Callable<Integer> {
    @Parameters(
            index = "0",
            paramLabel = "STEP",
            description = "next makes a key, for all nodes; use has it sign; forget ends what the one before signed.")
    private String step = "";

    @Parameters(index = "1", paramLabel = "DIR", description = "The node's data directory.")
    private Path data = Path.of("");

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        Path secrets = data.resolve("secrets");
        if (!Files.isRegularFile(secrets.resolve(SigningKeys.SIGNS))) {
            throw new Failure(secrets + " has no " + SigningKeys.SIGNS + ": this is no node's data directory");
        }
        try {
            String said = switch (step) {
                case "next" -> {
                    SigningKeys.makeNext(secrets);
                    yield "made " + secrets.resolve(SigningKeys.NEXT)
                            + ": copy it to secrets/ of all other nodes, and then say use on each";
                }
                case "use" -> {
                    SigningKeys.useNext(secrets);
                    yield "tokens are signed with it in ten seconds; those of the key before are good until"
                            + " you say forget, on each node";
                }
                case "forget" -> {
                    SigningKeys.forgetLast(secrets);
                    yield "tokens of the key before are void in ten seconds";
                }
                default -> throw new Failure("there is no step '" + step + "', expected next, use or forget");
            };
            spec.commandLine().getOut().println(said);
            return 0;
        } catch (IOException e) {
            throw new Failure(String.valueOf(e.getMessage()));
        }
    }
}
