/**
 * One version of one view, followed through its life: restored, fed, saved, asked, parked, closed. {@link
 * io.thalweg.view.follow.Follower} is what the host holds; its life is in {@link io.thalweg.view.follow.LifeCycle}, which alone changes
 * the {@link io.thalweg.view.follow.Phase}. Everything here runs on the slice that the scheduler gives, one thread at a time; other
 * threads leave {@link io.thalweg.view.follow.Wishes}, put queries into the {@link io.thalweg.view.follow.QueryLine} and read the
 * published {@link io.thalweg.view.follow.Report}.
 */
@NullMarked
package io.thalweg.view.follow;

import org.jspecify.annotations.NullMarked;
