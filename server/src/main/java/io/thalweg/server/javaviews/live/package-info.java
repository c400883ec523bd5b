/**
 * What of views in Java somebody follows ({@link io.thalweg.server.javaviews.live.LiveSelects}). Who follows the same shares it; the steps of a view are read once for all
 * who follow something of it ({@link io.thalweg.server.javaviews.live.StepReader}).
 */
@NullMarked
package io.thalweg.server.javaviews.live;

import org.jspecify.annotations.NullMarked;
