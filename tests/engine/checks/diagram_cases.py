"""One correct and one incorrect example for each rule about diagrams."""

from tests.engine.checks.packages import MAIN, Case, changed, diagram

SPLIT = """
    start begin
    and split
    user one | form=ask | result=a | returns=ok
    user two | form=ask | result=b | returns=ok
    and join
    end done
    begin -> split
    split -> one -> join
    split -> two -> join
    join -> done
"""
CHOICE = """
    start begin
    user ask | result=answer | returns=ok
    xor choice
    service work | operation=keep | with.value=answer
    end done
    end refused
    begin -> ask -> choice
    choice -> work if answer.ok == 'yes'
    choice -> refused
    work -> done
"""
BOX = """
    start begin
    sub box {
        start inner
        user ask
        end ready
        inner -> ask -> ready
    }
    end done
    begin -> box -> done
"""
STOP = BOX + "on stopped box message:stop\nend ended\nstopped -> ended"
CALL = """
    start begin
    call vote meeting | returns=tally | result=first
    end done
    begin -> vote -> done
"""
MEETING = """
    start opens
    user cast | form=ask | result=tally | returns=ok
    end closes
    opens -> cast -> closes
"""
FLOW = '<bpmn:sequenceFlow id="f_work_done" sourceRef="work" targetRef="done">'


def simple(line: str) -> dict[str, str]:
    """A process with one element between start and end."""
    name = line.split()[1]
    return diagram(f"start begin\n{line}\nend done\nbegin -> {name} -> done")


def inside(tag: str) -> dict[str, str]:
    """The correct diagram with something put into the user task."""
    return changed("</bpmn:userTask>", f"{tag}</bpmn:userTask>")


CASES = [
    Case("id_reserved", diagram(MAIN), changed('"work"', '"Root"'), element="Root"),
    Case("id_form", diagram(MAIN), changed('"work"', '"Work-1"'), element="Work-1"),
    Case(
        "id_twice",
        diagram(CALL, meeting=MEETING),
        diagram(CALL, meeting=MEETING.replace("cast", "vote")),
        element="vote",
    ),
    Case("tag_unsupported", diagram(MAIN), inside('<bpmn:ioSpecification id="io"/>'), element="io"),
    Case(
        "kind_unsupported",
        diagram(MAIN),
        changed("serviceTask", "scriptTask"),
        element="work",
    ),
    Case(
        "extension_unknown",
        diagram(MAIN),
        changed("</spiffworkflow:properties>", "</spiffworkflow:properties>"
                "<spiffworkflow:preScript>x</spiffworkflow:preScript>"),
        element="main",
    ),
    Case(
        "event_subprocess",
        diagram(BOX),
        changed(' id="box"', ' triggeredByEvent="true" id="box"', BOX),
        element="box",
    ),
    Case(
        "loop_marker",
        diagram(MAIN),
        inside("<bpmn:standardLoopCharacteristics/>"),
        element="ask",
    ),
    Case(
        "many_marker",
        simple("many ask | seats=members('judge')"),
        inside('<bpmn:multiInstanceLoopCharacteristics isSequential="true"/>'),
        element="ask",
    ),
    Case(
        "event_unsupported",
        simple("timer pause duration hours(1)"),
        simple("timer pause cycle 'R3/PT1H'"),
        element="pause",
    ),
    Case(
        "message_not_interrupting",
        diagram(STOP),
        changed("<bpmn:boundaryEvent", '<bpmn:boundaryEvent cancelActivity="false"', STOP),
        element="stopped",
    ),
    Case(
        "start_events",
        diagram(MAIN),
        diagram(MAIN + "start again\nxor two\nagain -> two -> done"),
        element="main",
    ),
    Case("name_missing", diagram(MAIN), changed('name="ask"', 'name=""'), element="ask"),
    Case(
        "name_en_missing",
        diagram(MAIN),
        changed('name="name_en" value="ask"', 'name="name_en" value=""'),
        element="ask",
    ),
    Case("lane_role", diagram(MAIN), changed('name="role"', 'name="rule"'), element="lane_main"),
    Case(
        "not_in_lane",
        diagram(MAIN),
        changed("<bpmn:flowNodeRef>ask</bpmn:flowNodeRef>", ""),
        element="ask",
    ),
    Case(
        "outside_lanes",
        diagram(MAIN),
        changed("<bpmn:flowNodeRef>work</bpmn:flowNodeRef>", ""),
        element="work",
    ),
    Case(
        "reference_unresolved",
        diagram(MAIN),
        changed("<bpmn:flowNodeRef>work<", "<bpmn:flowNodeRef>wrok<"),
        element="lane_main",
    ),
    Case(
        "message_name",
        diagram(STOP),
        changed('id="message_stop" name="stop"', 'id="message_stop"', STOP),
        element="message_stop",
    ),
    Case(
        "message_twice",
        diagram(MAIN, beside="start arrives message:one\nend leaves\narrives -> leaves"),
        diagram(
            MAIN,
            beside="start arrives message:one\nend leaves\narrives -> leaves",
            other="start comes message:one\nend goes\ncomes -> goes",
        ),
        file="beside.bpmn",
        element="beside",
    ),
    Case(
        "error_not_caught",
        diagram(BOX.replace("end ready", "end ready error:boom") + "on failed box error:boom\n"
                "end ended\nfailed -> ended"),
        diagram(BOX.replace("end ready", "end ready error:boom")),
        element="ready",
    ),
    Case("called_missing", diagram(CALL, meeting=MEETING), diagram(CALL), element="vote"),
    Case(
        "called_by_message",
        diagram(CALL, meeting=MEETING),
        diagram(CALL, meeting=MEETING.replace("start opens", "start opens message:meet")),
        element="vote",
    ),
    Case(
        "calls_itself",
        diagram(CALL, meeting=MEETING),
        diagram(CALL, meeting="start opens\ncall again main\nend closes\nopens -> again -> closes"),
        element="vote",
    ),
    Case(
        "not_drawn",
        diagram(MAIN),
        changed("</bpmn:definitions>", '<shape xmlns="di" bpmnElement="ask"/></bpmn:definitions>'),
        element="work",
    ),
    Case(
        "flow_crosses",
        diagram(BOX),
        diagram(BOX.replace("begin -> box", "begin -> ask")),
        element="f_begin_ask",
    ),
    Case(
        "condition_misplaced",
        diagram(CHOICE),
        changed(FLOW, FLOW + "<bpmn:conditionExpression>True</bpmn:conditionExpression>"),
        element="f_work_done",
    ),
    Case("gateway_default", diagram(CHOICE), changed(' default="f_choice_refused"', "", CHOICE),
         element="choice"),
    Case(
        "gateway_condition",
        diagram(CHOICE),
        changed(
            "<bpmn:conditionExpression>answer.ok == 'yes'</bpmn:conditionExpression>", "", CHOICE
        ),
        element="f_choice_work",
    ),
    Case(
        "default_condition",
        diagram(CHOICE),
        changed('default="f_choice_refused"', 'default="f_choice_work"', CHOICE),
        element="f_choice_work",
    ),
    Case(
        "default_elsewhere",
        diagram(CHOICE),
        changed('default="f_choice_refused"', 'default="f_work_done"', CHOICE),
        element="choice",
    ),
    Case(
        "several_incoming",
        diagram(CHOICE),
        diagram(CHOICE.replace("choice -> refused", "choice -> ask")),
        element="ask",
    ),
    Case(
        "several_outgoing",
        diagram(SPLIT),
        diagram(MAIN + "end other\nask -> other"),
        element="ask",
    ),
    Case("dead_end", diagram(MAIN), diagram(MAIN + "user stray | form=ask"), element="stray"),
    Case(
        "gateway_mixed",
        diagram(SPLIT),
        diagram(SPLIT + "end other\njoin -> other"),
        element="join",
    ),
    Case(
        "unreachable",
        diagram(MAIN),
        diagram(MAIN + "user stray | form=ask\nend other\nstray -> other"),
        element="stray",
    ),
    Case(
        "no_end",
        diagram(CHOICE),
        diagram("start begin\nxor again\nuser ask\nend done\nbegin -> again -> ask -> again"),
        element="ask",
    ),
    Case("into_start", diagram(MAIN), diagram(MAIN + "ask -> begin"), element="begin"),
    Case(
        "join_waits",
        diagram(SPLIT),
        diagram(
            SPLIT.replace("and split", "xor split").replace(
                "split -> one -> join", "split -> one if posts\none -> join"
            )
        ),
        element="join",
    ),
    Case("runs_twice", diagram(SPLIT), diagram(SPLIT.replace("and join", "xor join")),
         element="f_join_done"),
    Case(
        "too_tangled",
        diagram(SPLIT),
        diagram(
            "\n".join([
                "start begin", "and split", "and join", "end done",
                "begin -> split", "join -> done",
                *(f"user u{n} | form=ask\nuser v{n} | form=ask\nsplit -> u{n} -> v{n} -> join"
                  for n in range(10)),
            ])
        ),
        element="main",
    ),
    Case(
        "element_lost",
        diagram(MAIN),
        changed('"work"', '"End"'),
        element="End",
    ),
    Case(
        "parallel_writes",
        diagram(SPLIT),
        diagram(SPLIT.replace("result=b", "result=a")),
        element="one",
    ),
    Case(
        "parallel_reads",
        diagram(SPLIT),
        diagram(SPLIT.replace("user two | form=ask", "user two | form=ask | due=a")),
        element="two",
    ),
    Case(
        "variable_unknown",
        diagram(MAIN),
        diagram(MAIN.replace("with.value=answer", "with.value=anwser")),
        element="work",
    ),
    Case(
        "variable_sometimes",
        diagram(CHOICE),
        diagram(
            """
            start begin
            user ask | result=answer | returns=ok
            xor choice
            service work | operation=keep | with.value=answer | result=kept
            xor both
            service more | operation=keep | with.value=kept
            end done
            begin -> ask -> choice
            choice -> work if answer.ok == 'yes'
            work -> both
            choice -> both
            both -> more -> done
            """
        ),
        element="more",
    ),
    Case(
        "call_lacks",
        diagram(CALL.replace("meeting |", "meeting | with.electors=posts |"),
                meeting=MEETING.replace("form=ask", "form=ask | due=electors")),
        diagram(CALL, meeting=MEETING.replace("form=ask", "form=ask | due=electors")),
        element="vote",
    ),
    Case(
        "call_ignores",
        diagram(CALL, meeting=MEETING),
        diagram(CALL.replace("meeting |", "meeting | with.electors=posts |"), meeting=MEETING),
        element="vote",
    ),
    Case(
        "returns_not_written",
        diagram(CALL, meeting=MEETING),
        diagram(CALL.replace("returns=tally", "returns=taly"), meeting=MEETING),
        element="vote",
    ),
    Case(
        "field_unknown",
        diagram(CHOICE),
        diagram(CHOICE.replace("answer.ok ==", "answer.yes ==")),
        element="f_choice_work",
    ),
    Case(
        "field_optional",
        diagram(CHOICE),
        diagram(
            CHOICE.replace("returns=ok", "returns=age").replace("answer.ok == 'yes'", "answer.age")
        ),
        element="f_choice_work",
    ),
]  # fmt: skip
