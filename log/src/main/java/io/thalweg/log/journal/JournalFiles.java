package io.thalweg.log.journal;

import io.thalweg.ports.disk.CorruptionException;
import io.thalweg.ports.disk.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What lies in a journal's directory, judged by the names of the files, the manifest and the note of what was forced: which
 * segments count, what a crash left over, and what is missing. A start and the verifier both begin with it, so that they agree.
 * Reads only.
 */
public final class JournalFiles {
    private final Path directory;

    /** Segments that get no more entries, and the record that says what their file is. */
    public final TreeMap<Long, Manifest.Line> complete = new TreeMap<>();

    /** Segments of which the manifest says nothing yet. */
    public final TreeSet<Long> open = new TreeSet<>();

    public final Set<Long> deleted = new HashSet<>();

    /** Files that nobody will ask for: of deleted segments, and of generations that are not the ones that count. */
    final List<Path> leftovers = new ArrayList<>();

    public final List<CorruptionException> missing = new ArrayList<>();

    final ForcedNote.@Nullable Forced note;
    public Manifest.@Nullable Line mark;
    /** The newest entry that was deleted; -1 for none. */
    long deletedIndex = -1;

    private JournalFiles(Path directory, ForcedNote.@Nullable Forced note) {
        this.directory = directory;
        this.note = note;
    }

    /** @param lines of the manifest, oldest first */
    public static JournalFiles sort(
            Disk disk, Path directory, List<Manifest.Line> lines, ForcedNote.@Nullable Forced note) throws IOException {
        JournalFiles files = new JournalFiles(directory, note);
        lines.forEach(files::take);
        files.sort(disk.list(directory));
        files.checkNote();
        return files;
    }

    private void take(Manifest.Line line) {
        switch (line.kind()) {
            case SEALED, COMPACTED, CLOSED, REWRITTEN -> complete.put(line.base(), line);
            case DELETED -> {
                complete.remove(line.base());
                deleted.add(line.base());
                deletedIndex = Math.max(deletedIndex, line.lastIndex());
            }
            case MARK -> mark = line;
        }
    }

    private void sort(List<Path> found) {
        TreeMap<Long, SortedSet<Integer>> generations = new TreeMap<>();
        List<SegmentFormat.Name> names = new ArrayList<>();
        for (Path path : found) {
            SegmentFormat.Name name = SegmentFormat.parse(path);
            if (name != null) {
                names.add(name);
            }
            if (name != null && name.segment()) {
                generations.computeIfAbsent(name.base(), _ -> new TreeSet<>()).add(name.generation());
            }
        }
        for (Manifest.Line line : complete.values()) {
            require(line.base(), line.generation(), generations);
        }
        for (long base : generations.keySet()) {
            if (!complete.containsKey(base) && !deleted.contains(base)) {
                require(base, 0, generations);
                open.add(base);
            }
        }
        for (SegmentFormat.Name name : names) {
            if (deleted.contains(name.base()) || name.generation() != generation(name.base())) {
                leftovers.add(
                        name.segment()
                                ? SegmentFormat.segmentFile(directory, name.base(), name.generation())
                                : SegmentFormat.indexFile(directory, name.base(), name.generation()));
            }
        }
    }

    private int generation(long base) {
        Manifest.Line line = complete.get(base);
        return line == null ? 0 : line.generation();
    }

    /** Where another generation is there instead, it may be all that is left of the segment, and the manifest is what is wrong. */
    private void require(long base, int generation, Map<Long, SortedSet<Integer>> generations) {
        SortedSet<Integer> present = generations.getOrDefault(base, new TreeSet<>());
        if (present.contains(generation)) {
            return;
        }
        Path file = SegmentFormat.segmentFile(directory, base, generation);
        if (present.isEmpty()) {
            missing.add(new CorruptionException(file, 0, "the segment is missing"));
            return;
        }
        missing.add(new CorruptionException(
                directory.resolve(Manifest.NAME),
                0,
                "the manifest does not know what became of segment " + base + ": by its records it is "
                        + file.getFileName() + ", but there is only "
                        + SegmentFormat.segmentFile(directory, base, present.last())
                                .getFileName()
                        + ". Its last record is damaged, or it is of an earlier time: restore it"));
    }

    /** The segment that was written to last is there, unless it was given back since. */
    private void checkNote() {
        ForcedNote.Forced forced = note;
        if (forced != null
                && forced.base() >= 0
                && !open.contains(forced.base())
                && !complete.containsKey(forced.base())
                && !deleted.contains(forced.base())
                && forced.base() > deletedIndex) {
            missing.add(new CorruptionException(
                    file(forced.base()),
                    0,
                    "the segment is missing, of which " + forced.end() + " bytes were durable, as "
                            + directory.resolve(ForcedNote.NAME) + " says"));
        }
    }

    /** The file that counts for a segment. */
    public Path file(long base) {
        return SegmentFormat.segmentFile(directory, base, generation(base));
    }

    /** Up to where a segment with this header is known to have been durable; 0 when nothing is known. */
    public int durable(SegmentFormat.Header header) {
        return durable(header.base(), header.salt());
    }

    /** The same for a segment whose header cannot be read. */
    public int durable(long base) {
        return durable(base, note == null ? 0 : note.salt());
    }

    private int durable(long base, long salt) {
        Manifest.Line relied = mark;
        ForcedNote.Forced forced = note;
        int marked = relied != null && relied.base() == base ? relied.length() : 0;
        int noted = forced != null && forced.base() == base && forced.salt() == salt ? forced.end() : 0;
        return Math.max(marked, noted);
    }
}
