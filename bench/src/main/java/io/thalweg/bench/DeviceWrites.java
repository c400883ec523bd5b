package io.thalweg.bench;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Bytes that really went to the device below a folder, from Linux' {@code /proc/diskstats}: file system journal and partly filled
 * blocks included, and whatever else writes to that device meanwhile. The per-process count in {@code /proc/PID/io} is no use: it
 * counts a whole folio, up to a mebibyte, for each small write into it.
 */
final class DeviceWrites {
    private static final int SECTOR_BYTES = 512;
    private static final int NAME_COLUMN = 2;
    private static final int SECTORS_WRITTEN_COLUMN = 9;
    private static final Path STATISTICS = Path.of("/proc/diskstats");

    private final String device;

    DeviceWrites(Path folder) throws IOException {
        FileStore store = Files.getFileStore(folder);
        device = Path.of(store.name()).getFileName().toString();
    }

    /** Since the machine started; 0 where the system does not tell. */
    long bytes() throws IOException {
        if (!Files.isReadable(STATISTICS)) {
            return 0;
        }
        try (Stream<String> lines = Files.lines(STATISTICS)) {
            return lines.map(line -> line.strip().split("\\s+", -1))
                    .filter(columns -> columns[NAME_COLUMN].equals(device))
                    .mapToLong(columns -> Long.parseLong(columns[SECTORS_WRITTEN_COLUMN]) * SECTOR_BYTES)
                    .findFirst()
                    .orElse(0);
        }
    }
}
