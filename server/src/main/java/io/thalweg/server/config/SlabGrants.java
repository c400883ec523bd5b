package io.thalweg.server.config;

import io.thalweg.memo.slab.SlabOptions;
import io.thalweg.model.TenantId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Which slab may hold memos of which tenants, by a file that {@code slab.grants} names. A line names a slab by its id, then tenants by theirs, or {@code *}
 * for all; a line that begins with {@code *} is about all slabs that no other line names. Who is not named may hold nothing. Read when the slab
 * starts. Immutable.
 *
 * <pre>
 * # the kitchen's slab, one tenant alone
 * 2c1f0c7e-51f3-4a0e-9f5e-0d8b6b7a1c11  6f4b9f0e-1f0e-4d39-8a55-1c6c1d1b7a42
 * # all others
 * *  *
 * </pre>
 */
final class SlabGrants implements SlabOptions.Grants {
    private static final String ALL = "*";

    private record Granted(boolean all, Set<TenantId> tenants) {
        boolean has(TenantId tenant) {
            return all || tenants.contains(tenant);
        }
    }

    private final Map<UUID, Granted> slabs;
    private final Granted others;

    private SlabGrants(Map<UUID, Granted> slabs, Granted others) {
        this.slabs = Map.copyOf(slabs);
        this.others = others;
    }

    /** A {@link ConfigException} names the line that is wrong. */
    static SlabGrants read(Path file) {
        Map<UUID, Granted> slabs = new HashMap<>();
        Granted others = new Granted(false, Set.of());
        int number = 0;
        try {
            for (String line : Files.readAllLines(file)) {
                number++;
                String stripped = line.strip();
                if (stripped.isEmpty() || stripped.startsWith("#")) {
                    continue;
                }
                String[] words = stripped.split("\\s+", -1);
                Granted granted = granted(words);
                if (words[0].equals(ALL)) {
                    others = granted;
                } else if (slabs.put(UUID.fromString(words[0]), granted) != null) {
                    throw new IllegalArgumentException("names slab " + words[0] + " for the second time");
                }
            }
        } catch (IOException e) {
            throw new ConfigException("cannot read slab.grants " + file + ": " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(
                    file + " line " + number + ": " + e.getMessage()
                            + "; expected the id of a slab or *, then ids of tenants or *",
                    e);
        }
        return new SlabGrants(slabs, others);
    }

    private static Granted granted(String[] words) {
        Set<TenantId> tenants = new HashSet<>();
        boolean all = false;
        for (String word : Arrays.copyOfRange(words, 1, words.length)) {
            if (word.equals(ALL)) {
                all = true;
            } else {
                tenants.add(new TenantId(UUID.fromString(word)));
            }
        }
        return new Granted(all, tenants);
    }

    @Override
    public boolean mayHold(UUID slab, TenantId tenant) {
        return slabs.getOrDefault(slab, others).has(tenant);
    }
}
