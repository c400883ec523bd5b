package io.thalweg.cli.object;

import picocli.CommandLine.Command;

/** Topics: what kinds of objects there are. */
@Command(
        name = "topic",
        description = "Make topics, and see what fields they have.",
        mixinStandardHelpOptions = true,
        subcommands = {TopicCreate.class, TopicList.class, TopicShow.class})
public final class TopicCommand {
    private TopicCommand() {}
}
