package io.thalweg.view.java;

/**
 * A view: a public class with a public constructor without parameters. It is made once for each partition on the node that leads it;
 * what it keeps in its own fields is lost when that node is. What is to last is kept in indexes.
 */
public interface View {
    /** Says what the view follows and keeps. Called once, before anything else; must say the same each time. */
    void declare(Declaration view);
}
