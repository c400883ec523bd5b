package io.thalweg.raft;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A {@link MemberProcess} as its parent sees it. */
final class ChildMember implements AutoCloseable {
    private final Process process;
    private final OutputStream commands;
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    private final Thread reader;

    private ChildMember(Process process) {
        this.process = process;
        this.commands = process.getOutputStream();
        this.reader = Thread.ofPlatform().daemon().start(this::read);
    }

    static ChildMember start(Path directory, int self, int... ports) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                MemberProcess.class.getName(),
                directory.toString(),
                Integer.toString(self)));
        for (int port : ports) {
            command.add(Integer.toString(port));
        }
        return new ChildMember(new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    private void read() {
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line; (line = out.readLine()) != null; ) {
                answers.add(line);
            }
        } catch (IOException e) {
            answers.add("broken " + e.getMessage());
        }
    }

    void send(String command) throws IOException {
        commands.write((command + "\n").getBytes(StandardCharsets.UTF_8));
        commands.flush();
    }

    /** The next line. */
    String answer() throws InterruptedException {
        String line = answers.poll(120, TimeUnit.SECONDS);
        if (line == null) {
            throw new AssertionError("no answer from process " + process.pid());
        }
        return line;
    }

    String ask(String command) throws IOException, InterruptedException {
        send(command);
        return answer();
    }

    /** Stops the process as it stands, or lets it go on. */
    void signal(String name) throws IOException, InterruptedException {
        int code = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
        if (code != 0) {
            throw new IOException("kill -" + name + " failed with " + code);
        }
    }

    /** SIGKILL; returns all that it had said and nobody had read. */
    List<String> kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
        reader.join();
        List<String> rest = new ArrayList<>();
        answers.drainTo(rest);
        return rest;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
