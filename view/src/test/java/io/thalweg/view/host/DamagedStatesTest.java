package io.thalweg.view.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.model.BinaryWriter;
import io.thalweg.model.ViewId;
import io.thalweg.view.ViewSpec;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever happens to the files below {@code views/} while a host is stopped, it starts, and its views agree with the log. */
class DamagedStatesTest {
    private static final ViewId INDEXED = new ViewId(new UUID(4, 4));
    private static final int SEEDS = 6;

    @TempDir
    private Path root;

    private enum Harm {
        BIT,
        CUT,
        GONE,
        EMPTY
    }

    @Test
    void oneDamagedFileOfAnyKindIsNeitherAReasonNotToStartNorAWrongAnswer() throws Exception {
        for (long seed = 1; seed <= SEEDS; seed++) {
            Random random = new Random(seed);
            Path directory = root.resolve("seed-" + seed);
            try (HostRig rig = new HostRig(directory)) {
                List<ViewSpec> views = views();
                fill(rig, views, random);
                for (int life = 0; life < 2 * Harm.values().length; life++) {
                    rig.crash();
                    SortedMap<String, List<Path>> kinds = kinds(rig.directory());
                    assertThat(kinds).containsKeys("sst", "CURRENT", "MANIFEST", "snapshot");
                    List<String> names = List.copyOf(kinds.keySet());
                    // The life after a rebuild has few files, so the kinds are gone through, not drawn.
                    String kind = names.get((int) ((seed * 2 * Harm.values().length + life) % names.size()));
                    List<Path> files = kinds.getOrDefault(kind, List.of());
                    Path file = files.get(random.nextInt(files.size()));
                    Harm harm = Harm.values()[life % Harm.values().length];
                    damage(file, harm, random);
                    String what = "seed " + seed + " life " + life + ": " + harm + " of " + file;
                    System.out.println(what);
                    rig.host.reconcile(views);
                    check(rig, what);
                    rig.events.append("inc after" + life, "inc k1");
                    check(rig, what);
                    rig.host.snapshot(HostRig.VIEW, 1).get();
                    rig.host.snapshot(INDEXED, 1).get();
                }
            }
        }
    }

    private static List<ViewSpec> views() {
        return List.of(
                HostRig.view(1, HostRig.version(1, new ScriptedProgram(false))),
                new ViewSpec(
                        HostRig.TENANT,
                        INDEXED,
                        HostRig.STREAM,
                        1,
                        List.of(HostRig.version(1, new ScriptedProgram(true)))));
    }

    private static void fill(HostRig rig, List<ViewSpec> views, Random random) throws Exception {
        rig.host.reconcile(views);
        for (int save = 0; save < 3; save++) {
            for (int i = 0; i < 700; i++) {
                rig.events.append("inc k" + random.nextInt(2_000));
            }
            check(rig, "before any harm");
            rig.host.snapshot(HostRig.VIEW, 1).get();
            rig.host.snapshot(INDEXED, 1).get();
        }
    }

    private static void check(HostRig rig, String what) throws InterruptedException {
        int head = (int) rig.events.head(HostRig.STREAM);
        String expected = ScriptedProgram.model(rig.events.all(), Set.of());
        assertThat(rig.state(head)).as(what).isEqualTo(expected);
        assertThat(HostRig.answer(rig.host.query(INDEXED, HostRig.query("state"), HostRig.at(head), HostRig.PATIENCE)))
                .as(what)
                .isEqualTo(expected);
    }

    /** All files by what they are: the suffix, or the name without its number. */
    private static SortedMap<String, List<Path>> kinds(Path directory) throws IOException {
        SortedMap<String, List<Path>> kinds = new TreeMap<>();
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path file : all.filter(Files::isRegularFile).sorted().toList()) {
                String name = file.getFileName().toString();
                if (!file.toString().contains("damaged")) {
                    String kind = name.contains(".")
                            ? name.substring(name.lastIndexOf('.') + 1)
                            : name.replaceFirst("-.*", "");
                    kinds.computeIfAbsent(kind, _ -> new ArrayList<>()).add(file);
                }
            }
        }
        return kinds;
    }

    private static void damage(Path file, Harm harm, Random random) throws IOException {
        long size = Files.size(file);
        if (harm == Harm.GONE) {
            Files.delete(file);
            return;
        }
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            if (harm == Harm.EMPTY || size == 0) {
                bytes.setLength(0);
            } else if (harm == Harm.CUT) {
                bytes.setLength(random.nextLong(size));
            } else {
                long at = random.nextLong(size);
                bytes.seek(at);
                int old = bytes.read();
                bytes.seek(at);
                bytes.write(old ^ (1 << random.nextInt(8)));
            }
        }
    }

    @Test
    void aDamagedIndexIsKeptAsideForWhoeverWantsToLook() throws Exception {
        try (HostRig rig = new HostRig(root)) {
            fill(rig, views(), new Random(7));
            rig.crash();
            Files.delete(
                    kinds(rig.directory()).getOrDefault("MANIFEST", List.of()).getFirst());
            rig.host.reconcile(views());
            check(rig, "without MANIFEST");
            assertThat(rig.directory().resolve("index.damaged")).isDirectory();
            assertThat(rig.directory().resolve("index-1")).isDirectory();
            rig.restart();
            rig.events.fail(new IllegalStateException("nothing may be read"));
            rig.host.reconcile(views());
            rig.until(1, s -> s.position().equals(HostRig.at(2_100))); // the new one is the one that counts
        }
    }

    @Test
    void statesOfTheFormatBeforeOpen() throws Exception {
        try (HostRig rig = new HostRig(root)) {
            rig.events.append("inc a", "inc b", "inc a");
            String state = "2 " + (31L * "inc a".hashCode() + "inc b".hashCode()) + " a 1 b 1";
            byte[] guest = state.getBytes(StandardCharsets.UTF_8);
            Files.createDirectories(rig.versionDirectory(1));
            Files.write(rig.versionDirectory(1).resolve("00000000000000000002.snapshot"), formatOne(guest));
            rig.run(1, HostRig.version(1, new ScriptedProgram(false)));
            assertThat(rig.until(1, s -> s.lastSnapshot() != null).lastSnapshot())
                    .matches(snapshot -> snapshot != null && snapshot.position().equals(HostRig.at(2)));
            assertThat(rig.state(3)).isEqualTo(ScriptedProgram.model(rig.events.all(), Set.of()));
        }
    }

    /** As version 0.1 wrote it, by hand. */
    private static byte[] formatOne(byte[] guest) {
        BinaryWriter file = new BinaryWriter()
                .i32(0x53565754)
                .u16(1)
                .uuid(HostRig.VIEW.value())
                .i32(1)
                .u8(1)
                .raw(new byte[] {1})
                .i64(2)
                .i64(0)
                .i64(1_000)
                .i32(guest.length);
        file.i32(crc(file.toByteArray()));
        return file.raw(guest).i32(crc(guest)).toByteArray();
    }

    private static int crc(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }
}
