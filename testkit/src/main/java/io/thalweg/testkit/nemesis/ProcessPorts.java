package io.thalweg.testkit.nemesis;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Which of some processes has a TCP port of this machine as the near end of a connection, by what Linux says in {@code /proc}; of processes of the same user. Any
 * thread.
 */
public final class ProcessPorts implements PeerLinks.Dialler {
    private static final Path PROCESSES = Path.of("/proc");
    private static final List<Path> TABLES = List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"));
    private static final Pattern SPACES = Pattern.compile(" +");
    private static final int LOCAL = 1;
    private static final int INODE = 9;

    private final Map<String, String> arguments;

    /** @param arguments a word in the command line of each, by name; so that whoever is started again is known again */
    public ProcessPorts(Map<String, String> arguments) {
        this.arguments = Map.copyOf(arguments);
    }

    @Override
    public Optional<String> at(int port) {
        try {
            Optional<String> inode = inode(port);
            if (inode.isEmpty()) {
                return Optional.empty();
            }
            Path socket = Path.of("socket:[" + inode.get() + "]");
            try (Stream<Path> all = Files.list(PROCESSES)) {
                return all.filter(process -> process.getFileName().toString().matches("[0-9]+"))
                        .flatMap(process -> name(process).filter(_ -> has(process, socket)).stream())
                        .findFirst();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Optional<String> name(Path process) {
        try {
            List<String> words = List.of(Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1)
                    .split("\0", -1));
            return arguments.entrySet().stream()
                    .filter(each -> words.contains(each.getValue()))
                    .map(Map.Entry::getKey)
                    .findFirst();
        } catch (IOException e) {
            return Optional.empty(); // It has ended.
        }
    }

    private static Optional<String> inode(int port) throws IOException {
        String end = ":%04X".formatted(port);
        for (Path table : TABLES) {
            if (Files.exists(table)) {
                for (String line : Files.readAllLines(table)) {
                    String[] fields = SPACES.split(line.strip(), -1);
                    if (fields.length > INODE && fields[LOCAL].endsWith(end) && !fields[INODE].equals("0")) {
                        return Optional.of(fields[INODE]);
                    }
                }
            }
        }
        return Optional.empty();
    }

    private static boolean has(Path process, Path socket) {
        try (Stream<Path> files = Files.list(process.resolve("fd"))) {
            return files.anyMatch(file -> socket.equals(target(file)));
        } catch (IOException | UncheckedIOException e) {
            return false; // It has ended, or is somebody else's.
        }
    }

    private static Path target(Path file) {
        try {
            return Files.readSymbolicLink(file);
        } catch (IOException e) {
            return file; // It was closed meanwhile.
        }
    }
}
