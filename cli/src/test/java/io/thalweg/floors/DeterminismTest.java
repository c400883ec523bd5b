package io.thalweg.floors;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.thalweg.shard.machine.Machine;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Rule 2 of design.md: no clock, randomness, file, hash order or thread in anything that apply reaches. Same requests, same
 * bytes of state, on every replica.
 */
final class DeterminismTest {
    /**
     * Behind these lies what is allowed to touch the world; apply sees them through values that consensus ordered, or (the
     * sink, which writes the index) only tells them something and hears nothing back. A ledger's records answer by what was
     * appended to them, wherever those bytes lie by now, which the ledger's differential tests show.
     */
    private static final Set<String> PORTS = Set.of(
            "io.thalweg.ports.disk.Disk",
            "io.thalweg.ports.disk.Disk$DiskFile",
            "io.thalweg.ledger.store.Records",
            "io.thalweg.shard.Consensus",
            "io.thalweg.ports.clock.Clock",
            "io.thalweg.shard.stream.StreamIndex");

    @Test
    void applyReachesNothingThatDiffersBetweenReplicas() {
        var ours = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("io.thalweg");
        var reach = new ReachableFromApply(ours, Machine.class, PORTS);
        assertThat(reach.methods())
                .as("the test reaches the machines, and what lies behind them")
                .anyMatch(method -> method.startsWith("io.thalweg.shard.stream.LogMachine.apply("))
                .anyMatch(method -> method.startsWith("io.thalweg.directory.machine.DirectoryMachine.apply("))
                .anyMatch(method -> method.startsWith("io.thalweg.ledger.Ledger.createTransfers("))
                .hasSizeGreaterThan(100);
        assertThat(reach.offences()).isEmpty();
    }

    @Test
    void aMachineThatReadsTheClockOrWalksAHashMapIsFound() {
        var guilty = new ClassFileImporter().importPackages("io.thalweg.floors.guilty", "io.thalweg.shard");
        var reach = new ReachableFromApply(guilty, Machine.class, PORTS);
        assertThat(reach.offences())
                .anyMatch(offence -> offence.contains("System.nanoTime"))
                .anyMatch(offence -> offence.contains("java.util.Map.values"))
                .anyMatch(offence -> offence.contains("UUID.randomUUID"));
    }
}
