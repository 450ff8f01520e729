"""A routing rule of one's own: freed agents take from the longest queue; on the same days as the scenario's rule."""

import wfm


class LongestQueue(wfm.RoutingRule):
    """A freed agent takes the oldest contact of the type of which most are waiting."""

    def choose_contact(self, group, contacts):  # type: ignore[no-untyped-def]
        queues = self.centre.queues
        return max(contacts, key=lambda contact: (len(queues[contact.kind].waiting), -contact.number))


center = wfm.load(wfm.example("contact_rank"))
usual = wfm.predict(center, method=wfm.Simulation(replications=40, seed=1))
own = wfm.predict(center, method=wfm.Simulation(replications=40, seed=1, engine="reference", rule=LongestQueue))

for name in center.contact_types:
    for rule, seen in (("the scenario's rule", usual), ("longest queue first", own)):
        of = seen.contact_types[name]
        print(
            f"{name:<12} {rule:<20} service level {100 * of.service_level.mean:5.1f} %, "
            f"ASA {of.average_speed_of_answer.mean:5.1f} s, abandonment {100 * of.abandonment.mean:4.1f} %"
        )
difference = wfm.compare([usual, own]).differences[1].measures["service_level"]
print(f"over all types, on the same days: {100 * difference.mean:+.2f} +- {100 * difference.half_width:.2f} points")
