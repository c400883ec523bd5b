package io.thalweg.shard.thread;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class BackgroundThreadsTest {
    /** The fields of /proc/thread-self/stat behind the name: the state is the third of all, the nice value the nineteenth. */
    private static int nice() {
        try {
            String stat = Files.readString(Path.of("/proc/thread-self/stat"));
            return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[19 - 3]);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void letsOthersGoFirstAndOnlyThat() throws Exception {
        int own = nice();
        CompletableFuture<Integer> background = new CompletableFuture<>();
        Thread thread = new BackgroundThreads("work-").newThread(() -> background.complete(nice()));
        assertThat(thread.isDaemon()).isTrue();
        assertThat(thread.getName()).isEqualTo("work-0");
        thread.start();
        assertThat(background.get()).isEqualTo(BackgroundThreads.NICE);
        assertThat(nice()).isEqualTo(own);
    }
}
