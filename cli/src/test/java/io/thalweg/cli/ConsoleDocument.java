package io.thalweg.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The commands of a Markdown page and what it promises they print: blocks marked {@code console}, in which a line that starts
 * with "$ " is a command (continued while it ends with a backslash) and what follows is its output. In an output, "…" stands
 * for anything within a line, and alone on a line for any number of lines.
 */
record ConsoleDocument(Path page, List<Step> steps) {

    /** One command, and the lines that the page shows below it. */
    record Step(int line, String command, List<String> output) {

        /** Whether these lines are what the page shows. */
        boolean matches(List<String> actual) {
            StringBuilder pattern = new StringBuilder();
            for (String expected : output) {
                if (expected.equals("…")) {
                    pattern.append("(?:.*\n)*");
                } else {
                    for (String part : expected.splitWithDelimiters("…", 0)) {
                        pattern.append(part.equals("…") ? ".*" : Pattern.quote(part));
                    }
                    pattern.append("\n");
                }
            }
            StringBuilder text = new StringBuilder();
            actual.forEach(line -> text.append(line.stripTrailing()).append('\n'));
            return text.toString().matches(pattern.toString());
        }
    }

    /**
     * The commands of the block marked {@code sh} that has one which begins so, in their order: such a block shows no output, and may take for granted what its page says
     * around it.
     */
    static List<String> script(Path page, String command) throws IOException {
        List<String> commands = new ArrayList<>();
        boolean inBlock = false;
        boolean goesOn = false;
        for (String line : Files.readAllLines(page)) {
            if (line.startsWith("```")) {
                if (inBlock && commands.stream().anyMatch(each -> each.startsWith(command))) {
                    return commands;
                }
                inBlock = line.equals("```sh");
                commands.clear();
            } else if (goesOn) {
                commands.add(commands.removeLast() + "\n" + line);
            } else if (inBlock) {
                commands.add(line);
            }
            goesOn = inBlock && line.endsWith("\\");
        }
        throw new AssertionError(page + " has no command that begins with " + command);
    }

    static ConsoleDocument read(Path page) throws IOException {
        List<Step> steps = new ArrayList<>();
        Iterator<String> lines = Files.readAllLines(page).iterator();
        int number = 0;
        boolean inBlock = false;
        while (lines.hasNext()) {
            String line = lines.next();
            number++;
            if (line.startsWith("```")) {
                inBlock = line.equals("```console");
            } else if (inBlock && line.startsWith("$ ")) {
                StringBuilder command = new StringBuilder(line.substring(2));
                int at = number;
                while (command.charAt(command.length() - 1) == '\\') {
                    command.append('\n').append(lines.next());
                    number++;
                }
                steps.add(new Step(at, command.toString(), new ArrayList<>()));
            } else if (inBlock) {
                steps.getLast().output().add(line.stripTrailing());
            }
        }
        return new ConsoleDocument(page, steps);
    }
}
