package io.thalweg.bench.javaviews;

import io.thalweg.bench.peer.PeerJars;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The programs of Kafka Streams among the resources, and the jars that they need. */
public final class StreamsPrograms {
    private StreamsPrograms() {}

    /** The folder of the jars of Kafka and its Streams, which are fetched once. */
    public static Path jars(Path work, Path repository) throws IOException, InterruptedException {
        return PeerJars.resolve("kafka-streams", StreamsPrograms.class, work, repository);
    }

    /** The command of a pipeline; see {@code StreamsApp.java}. */
    public static List<String> app(
            Path jars, Path work, String benchClasses, String servers, Workload workload, String name, Path state)
            throws IOException {
        return command(jars, "StreamsApp.java", work, benchClasses, servers, workload.name(), name, state.toString());
    }

    /** The command of its load generator; see {@code StreamsLoad.java}. */
    public static List<String> load(
            Path jars, Path work, String benchClasses, String servers, Workload workload, String name)
            throws IOException {
        return command(
                jars, "StreamsLoad.java", work, benchClasses, servers, workload.log(), changeLog(name, workload));
    }

    /** The topic where what a pipeline of this name has counted is found, as Kafka Streams calls it. */
    public static String changeLog(String name, Workload workload) {
        return name + "-" + workload.index() + "-changelog";
    }

    /** The command of a comparison of reads, on this program's own jars; see {@code RocksReads.java}. */
    public static List<String> reads(Path work, Path folder, long keys, double seconds) throws IOException {
        List<String> command =
                new ArrayList<>(PeerJars.loadCommand(Path.of("."), StreamsPrograms.class, "RocksReads.java", work, ""));
        command.set(command.indexOf("-cp") + 1, System.getProperty("java.class.path"));
        command.addAll(List.of(folder.toString(), Long.toString(keys), Double.toString(seconds)));
        return command;
    }

    private static List<String> command(Path jars, String source, Path work, String benchClasses, String... arguments)
            throws IOException {
        List<String> command =
                new ArrayList<>(PeerJars.loadCommand(jars, StreamsPrograms.class, source, work, benchClasses));
        command.addAll(List.of(arguments));
        return command;
    }
}
