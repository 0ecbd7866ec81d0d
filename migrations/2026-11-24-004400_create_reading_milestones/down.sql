DROP TRIGGER reading_days_may_reach_milestones ON reading_days;
DROP FUNCTION look_for_milestones();
DROP TABLE reading_milestone_looks;
DROP TABLE reading_milestones;
