/**
 * The Java client of objects, over HTTP: {@link io.thalweg.client.objects.ObjectClient}. A client is one observer: it brings what it knows with each
 * request, so that what it reads never goes back, on whichever slab, and finds what it wrote itself. It knows several slabs and
 * goes on with the next when one does not answer. A creation that is repeated so is one object; an edit is one memo where the next slab has heard of the
 * first, and two when it has not, so that whoever adds to counters through slabs that are cut off from each other names one slab.
 */
@NullMarked
package io.thalweg.client.objects;

import org.jspecify.annotations.NullMarked;
