package io.thalweg.view.java.local;

import io.thalweg.view.java.run.Answer;
import io.thalweg.view.java.run.Answers;
import io.thalweg.view.java.run.Origin;
import io.thalweg.view.java.run.StepListener;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What handlers answered. One thread. */
final class LocalAnswers implements StepListener {
    private final Map<String, Object> answers = new HashMap<>();

    @Override
    public void emitting(List<Origin> hops) {}

    @Override
    public void refused(List<Origin> hops) {}

    @Override
    public void committed(List<Origin> taken, List<Answer> said) {
        heard(said);
    }

    void heard(List<Answer> said) {
        said.forEach(answer -> answers.put(answer.to().text(), Answers.parse(answer.json())));
    }

    /** What an event was answered; null if it was not. */
    @Nullable
    Object find(String event) {
        return answers.get(event);
    }
}
