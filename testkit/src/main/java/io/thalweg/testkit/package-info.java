/**
 * Worlds for tests: a shard with its threads, clock, disk and consensus in one thread, where a seed decides what goes wrong.
 *
 * <p>{@link io.thalweg.testkit.SimulatedDisk} keeps no more promises than a real one; {@link io.thalweg.testkit.Simulation} takes
 * the place of threads; {@link io.thalweg.testkit.SimulatedClock} jumps; {@link io.thalweg.testkit.SimulatedConsensus} does to a replica what
 * the Raft of a group does, while {@link io.thalweg.testkit.Witness} only watches the order that a lone
 * shard has by itself. {@link io.thalweg.testkit.SimulatedShard} puts them together for a test that wants
 * a shard without files and waiting. {@link io.thalweg.testkit.ShardSimulation} is the life of a shard under all faults at once,
 * with clients that remember what they were told ({@code Clients}, {@code History}), and {@link io.thalweg.testkit.GroupSimulation} that of
 * a group of three real replicas behind the small Raft of {@link io.thalweg.testkit.raft}.
 *
 * <p>The build runs two hundred lives, half of them of lone shards. A thousand of them, or one again:
 *
 * <pre>
 * ./mvnw -q -pl testkit -am test -Dtest=ShardSimulationTest -Dsurefire.failIfNoSpecifiedTests=false -Dthalweg.seed=N -Dthalweg.seeds=N
 * </pre>
 *
 * Without end, from a random seed, after {@code ./mvnw -q -DskipTests package}; it stops at the first seed that fails and says how
 * to repeat it:
 *
 * <pre>
 * java -cp "$(ls -d model ports log ledger shard testkit | sed 's|$|/target/classes|' | paste -sd:)" io.thalweg.testkit.ShardSimulation
 * </pre>
 *
 * <p>The same with {@code GroupSimulation}, which also says how much time it simulates in an hour.
 */
@NullMarked
package io.thalweg.testkit;

import org.jspecify.annotations.NullMarked;
