/**
 * {@code kill -9} under load with real processes: writers remember what was acknowledged to them, and after each kill the log is read
 * back and compared. {@link io.thalweg.bench.kill.KillNine} is the whole run of a node alone, {@link io.thalweg.bench.kill.LeaderKills} that of a cluster; {@link io.thalweg.bench.kill.Recount} is the judge and
 * knows no process.
 */
@NullMarked
package io.thalweg.bench.kill;

import org.jspecify.annotations.NullMarked;
