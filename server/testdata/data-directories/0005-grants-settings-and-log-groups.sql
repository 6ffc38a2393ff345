begin;
CREATE TABLE "account_service_setting" ("account" text not null, "region" text not null, "setting_id" text not null, "value" text, "modified_at" integer not null, "modified_by" text not null, constraint "account_service_setting_pk" primary key ("account", "region", "setting_id"));
CREATE TABLE "audit_digest" ("account" text not null, "region" text not null, "name" text not null, "of_region" text not null, "next_start_at" integer not null, "bucket" text, "object" text, "hash" text, "signature" text, constraint "audit_digest_pk" primary key ("account", "region", "name", "of_region"));
CREATE TABLE "audit_digest_key" ("account" text not null, "region" text not null, "fingerprint" text not null, "public_key" text not null, "sealed_private_key" text not null, "created_at" integer not null, "expires_at" integer not null, constraint "audit_digest_key_pk" primary key ("account", "region", "fingerprint"));
CREATE TABLE "audit_file" ("account" text not null, "region" text not null, "name" text not null, "of_region" text not null, "bucket" text not null, "object" text not null, "hash" text not null, "oldest_at" integer not null, "newest_at" integer not null, "delivered_at" integer not null, constraint "audit_file_pk" primary key ("account", "region", "name", "of_region", "bucket", "object"));
CREATE TABLE "audit_log_position" ("account" text not null, "region" text not null, "name" text not null, "of_region" text not null, "sequence" integer not null, "place" text, constraint "audit_log_position_pk" primary key ("account", "region", "name", "of_region"));
CREATE TABLE "audit_position" ("account" text not null, "region" text not null, "name" text not null, "of_region" text not null, "sequence" integer not null, constraint "audit_position_pk" primary key ("account", "region", "name", "of_region"));
CREATE TABLE "audit_trail" ("account" text not null, "region" text not null, "name" text not null, "bucket" text not null, "prefix" text, "multi_region" integer not null, "global_events" integer not null, "selectors" text, "logging" integer not null, "started_at" integer, "stopped_at" integer, "attempted_at" integer, "delivered_at" integer, "failure" text, "log_group" text, "log_role" text, "log_delivered_at" integer, "log_failure" text, "digests" integer default 0 not null, "digest_delivered_at" integer, "digest_failure" text, constraint "audit_trail_pk" primary key ("account", "region", "name"));
CREATE TABLE "documents_attachment" ("account" text not null, "region" text not null, "name" text not null, "version" integer not null, "attachment" text not null, "sha256" text not null, "size_bytes" integer not null, constraint "documents_attachment_pk" primary key ("account", "region", "name", "version", "attachment"));
CREATE TABLE "documents_document" ("account" text not null, "region" text not null, "name" text not null, "document_type" text not null, "target_type" text, "display_name" text, "default_version" integer not null, "latest_version" integer not null, "next_version" integer not null, "created_at" integer not null, "approved_version" integer default 0 not null, "pending_version" integer default 0 not null, constraint "documents_document_pk" primary key ("account", "region", "name"));
CREATE TABLE "documents_loose_blob" ("account" text not null, "region" text not null, "sha256" text not null, "due_at" integer not null, "removing" integer not null, constraint "documents_loose_blob_pk" primary key ("account", "region", "sha256"));
CREATE TABLE "documents_review" ("account" text not null, "region" text not null, "name" text not null, "version" integer not null, "sequence" integer not null, "status" text not null, "comment" text, "reviewer" text not null, "created_at" integer not null, "updated_at" integer not null, constraint "documents_review_pk" primary key ("account", "region", "name", "version", "sequence"));
CREATE TABLE "documents_share" ("account" text not null, "region" text not null, "name" text not null, "grantee" text not null, "shared_version" text not null, constraint "documents_share_pk" primary key ("account", "region", "name", "grantee"));
CREATE TABLE "documents_upload" ("account" text not null, "region" text not null, "upload_id" text not null, "sha256" text not null, "size_bytes" integer not null, "stored" integer not null, "kept_until" integer not null, constraint "documents_upload_pk" primary key ("account", "region", "upload_id"));
CREATE TABLE "documents_version" ("account" text not null, "region" text not null, "name" text not null, "version" integer not null, "version_name" text, "format" text not null, "schema_version" text not null, "description" text not null, "platform_types" text not null, "status_information" text not null, "hash" text not null, "content" text not null, "created_at" integer not null, "author" text default '' not null, "requires" text default '[]' not null, "review_status" text, constraint "documents_version_pk" primary key ("account", "region", "name", "version"), constraint "documents_version_name" unique ("account", "region", "name", "version_name"));
CREATE TABLE "identity_access_key" ("account" text not null, "region" text not null, "access_key_id" text not null, "sealed_secret" text not null, "kind" text not null, "created_at" integer not null, "status" text not null, "user_id" text, "last_used_at" integer, "last_used_region" text, "last_used_service" text, constraint "identity_access_key_key" primary key ("account", "region", "access_key_id"));
CREATE TABLE "identity_account_alias" ("account" text not null, "region" text not null, "alias" text not null, constraint "identity_account_alias_key" primary key ("account", "region"));
CREATE TABLE "identity_attachment" ("account" text not null, "region" text not null, "entity_id" text not null, "policy_arn" text not null, constraint "identity_attachment_key" primary key ("account", "region", "entity_id", "policy_arn"));
CREATE TABLE "identity_credential_report" ("account" text not null, "region" text not null, "generated_at" integer not null, "content" text not null, constraint "identity_credential_report_pk" primary key ("account", "region"));
CREATE TABLE "identity_entity" ("account" text not null, "region" text not null, "kind" text not null, "name_key" text not null, "name" text not null, "id" text not null, "path" text not null, "created_at" integer not null, "boundary_arn" text, "description" text, "trust_policy" text, "max_session_seconds" integer, "service" text, "role_id" text, "default_version" integer, "last_version" integer, "updated_at" integer, constraint "identity_entity_key" primary key ("account", "region", "kind", "name_key"));
CREATE TABLE "identity_inline_policy" ("account" text not null, "region" text not null, "entity_id" text not null, "name" text not null, "document" text not null, constraint "identity_inline_policy_key" primary key ("account", "region", "entity_id", "name"));
CREATE TABLE "identity_membership" ("account" text not null, "region" text not null, "group_id" text not null, "user_id" text not null, constraint "identity_membership_key" primary key ("account", "region", "group_id", "user_id"));
CREATE TABLE "identity_oidc_provider" ("account" text not null, "region" text not null, "url" text not null, "client_ids" text not null, "thumbprints" text not null, "created_at" integer not null, constraint "identity_oidc_provider_key" primary key ("account", "region", "url"));
CREATE TABLE "identity_policy_version" ("account" text not null, "region" text not null, "policy_id" text not null, "version" integer not null, "document" text not null, "created_at" integer not null, constraint "identity_policy_version_key" primary key ("account", "region", "policy_id", "version"));
CREATE TABLE "identity_role_use" ("account" text not null, "region" text not null, "entity_id" text not null, "last_used_at" integer not null, "last_used_region" text not null, constraint "identity_role_use_pk" primary key ("account", "region", "entity_id"));
CREATE TABLE "identity_tag" ("account" text not null, "region" text not null, "entity_id" text not null, "key_folded" text not null, "key" text not null, "value" text not null, constraint "identity_tag_key" primary key ("account", "region", "entity_id", "key_folded"));
CREATE TABLE "journal_chain" ("account" text not null, "region" text not null, "sealed_sequence" integer not null, "sealed_hash" text not null, "sealed_at" integer not null, "sealed_signature" text not null, "sealed_bytes" integer not null, "cut_sequence" integer not null, "cut_hash" text not null, "cut_at" integer not null, "cut_signature" text not null, "cut_bytes" integer not null, constraint "journal_chain_pk" primary key ("account", "region"));
CREATE TABLE "journal_checkpoint" ("account" text not null, "region" text not null, "sequence" integer not null, "hash" text not null, "at" integer not null, "signature" text not null, constraint "journal_checkpoint_pk" primary key ("account", "region", "sequence"));
CREATE TABLE "journal_entry" ("account" text not null, "region" text not null, "sequence" integer not null, "request_id" text not null, "at" integer not null, "event_source" text not null, "event_name" text not null, "audit_class" text not null, "principal" text not null, "access_key_id" text not null, "source_ip" text not null, "user_agent" text not null, "request_parameters" text not null, "resources" text not null, "error_code" text, "error_message" text, constraint "journal_entry_pk" primary key ("account", "region", "sequence"));
CREATE TABLE "journal_hash" ("account" text not null, "region" text not null, "sequence" integer not null, "hash" text not null, "size_bytes" integer not null, constraint "journal_hash_pk" primary key ("account", "region", "sequence"));
CREATE TABLE "journal_head" ("account" text not null, "region" text not null, "sequence" integer not null, constraint "journal_head_pk" primary key ("account", "region"));
CREATE TABLE "journal_term" ("account" text not null, "region" text not null, "term" text not null, "at" integer not null, "sequence" integer not null, constraint "journal_term_pk" primary key ("account", "region", "term", "at", "sequence"));
CREATE TABLE "keys_alias" ("account" text not null, "region" text not null, "name" text not null, "key_id" text not null, "created_at" integer not null, "updated_at" integer not null, constraint "keys_alias_pk" primary key ("account", "region", "name"));
CREATE TABLE "keys_grant" ("account" text not null, "region" text not null, "key_id" text not null, "grant_id" text not null, "name" text, "grantee" text not null, "retiring" text, "issuer" text not null, "operations" text not null, "constraints" text not null, "created_at" integer not null, constraint "keys_grant_pk" primary key ("account", "region", "key_id", "grant_id"));
CREATE TABLE "keys_key" ("account" text not null, "region" text not null, "key_id" text not null, "manager" text not null, "description" text not null, "state" text not null, "policy" text not null, "created_at" integer not null, "version" integer not null, "deletion_at" integer, "deletion_days" integer, "rotation_days" integer, "rotation_at" integer, "spec" text default 'SYMMETRIC_DEFAULT' not null, constraint "keys_key_pk" primary key ("account", "region", "key_id"));
CREATE TABLE "keys_material" ("account" text not null, "region" text not null, "key_id" text not null, "version" integer not null, "material_id" text not null, "sealed_material" text not null, "created_at" integer not null, "on_demand" integer not null, constraint "keys_material_pk" primary key ("account", "region", "key_id", "version"));
CREATE TABLE "mailbox_letter" ("account" text not null, "region" text not null, "node_id" text not null, "sequence" integer not null, "job_id" text not null, "kind" text not null, "reference" text not null, "created_at" integer not null, "expires_at" integer not null, "acked_at" integer, constraint "mailbox_letter_key" primary key ("account", "region", "job_id"));
CREATE TABLE "master_key_former" ("key_id" text not null, "purpose" text not null, "sealed_key" text not null, "retired_at" integer not null, constraint "master_key_former_pk" primary key ("key_id", "purpose"));
CREATE TABLE "muster_migration" ("name" text primary key, "applied_at" integer not null);
CREATE TABLE "nodes_activation" ("account" text not null, "region" text not null, "activation_id" text not null, "code_hash" blob not null, "description" text, "default_instance_name" text, "iam_role" text not null, "registration_limit" integer not null, "registrations_count" integer not null, "expires_at" integer not null, "created_at" integer not null, "tags" text not null, constraint "nodes_activation_pk" primary key ("account", "region", "activation_id"));
CREATE TABLE "nodes_node" ("account" text not null, "region" text not null, "node_id" text not null, "activation_id" text not null, "iam_role" text not null, "name" text, "registered_at" integer not null, "fingerprint" text not null, "public_key" text not null, "public_key_at" integer not null, "previous_keys" text not null, "agent_name" text, "agent_version" text, "agent_status" text, "platform_type" text, "platform_name" text, "platform_version" text, "computer_name" text, "ip_address" text, "last_ping_at" integer, "ping_status" text not null, constraint "nodes_node_pk" primary key ("account", "region", "node_id"));
CREATE TABLE "outbox_event" ("account" text not null, "region" text not null, "id" text primary key, "source" text not null, "detail_type" text not null, "detail" text not null, "resources" text not null, "at" integer not null);
CREATE TABLE "parameters_grantee" ("account" text not null, "region" text not null, "key" text not null, "grantee" text not null, constraint "parameters_grantee_pk" primary key ("account", "region", "key", "grantee"));
CREATE TABLE "parameters_label" ("account" text not null, "region" text not null, "key" text not null, "label" text not null, "version" integer not null, constraint "parameters_label_pk" primary key ("account", "region", "key", "label"));
CREATE TABLE "parameters_parameter" ("account" text not null, "region" text not null, "key" text not null, "version" integer not null, "type" text not null, "value" text not null, "key_id" text, "description" text, "allowed_pattern" text, "tier" text not null, "data_type" text not null, "policies" text not null, "modified_at" integer not null, "modified_by" text not null, "parent" text not null, "rooted" integer not null, "oldest_version" integer not null, "due_at" integer, constraint "parameters_parameter_pk" primary key ("account", "region", "key"));
CREATE TABLE "parameters_resource_policy" ("account" text not null, "region" text not null, "key" text not null, "policy_id" text not null, "policy_hash" text not null, "policy" text not null, constraint "parameters_resource_policy_pk" primary key ("account", "region", "key"));
CREATE TABLE "parameters_version" ("account" text not null, "region" text not null, "key" text not null, "version" integer not null, "type" text not null, "value" text not null, "key_id" text, "description" text, "allowed_pattern" text, "tier" text not null, "data_type" text not null, "policies" text not null, "modified_at" integer not null, "modified_by" text not null, constraint "parameters_version_pk" primary key ("account", "region", "key", "version"));
CREATE TABLE "reconcile_lease" ("name" text primary key, "holder" text not null, "epoch" integer not null, "expires_at" integer not null);
CREATE TABLE "resource_groups_group" ("account" text not null, "region" text not null, "name" text not null, "description" text, "criticality" integer, "owner" text, "display_name" text, "query" text, "configuration" text, constraint "resource_groups_group_pk" primary key ("account", "region", "name"));
CREATE TABLE "resource_groups_member" ("account" text not null, "region" text not null, "group_name" text not null, "resource_kind" text not null, "resource_id" text not null, constraint "resource_groups_member_pk" primary key ("account", "region", "group_name", "resource_kind", "resource_id"));
CREATE TABLE "run_command_change" ("account" text not null, "region" text not null, "command_id" text not null, "seq" integer not null, constraint "run_command_change_pk" primary key ("account", "region", "command_id"));
CREATE TABLE "run_command_chunk" ("account" text not null, "region" text not null, "command_id" text not null, "node_id" text not null, "step_name" text not null, "stream" text not null, "start_offset" integer not null, "end_offset" integer not null, "change_seq" integer not null, "packed" text not null, "data" blob not null, constraint "run_command_chunk_pk" primary key ("account", "region", "command_id", "node_id", "step_name", "stream", "start_offset"));
CREATE TABLE "run_command_command" ("account" text not null, "region" text not null, "command_id" text not null, "state" text not null, "document_name" text not null, "document_version" text not null, "document_hash" text not null, "comment" text not null, "parameters" text not null, "agent_parameters" text not null, "instance_ids" text not null, "targets" text not null, "requested_at" bigint not null, "expires_at" bigint not null, "timeout_seconds" integer not null, "max_concurrency" text not null, "max_errors" text not null, "requested_by" text not null, "resolved" integer not null, "resolved_up_to" text, "cancel_requested" integer not null, "cancel_spread" integer not null, "pending" integer not null, "in_flight" integer not null, "success" integer not null, "failed" integer not null, "execution_timed_out" integer not null, "delivery_timed_out" integer not null, "cancelled" integer not null, "terminated" integer not null, "unreached" integer not null, "acknowledged" integer not null, "due_at" bigint, "finished_at" bigint, "paused" integer default 0 not null, "paused_at" bigint, "paused_by" text, "paused_reason" text, "cancelled_by" text, "resolved_at" bigint, "epoch" integer default 0 not null, "rerun_of" text, "rerun_epoch" integer, "rerun_states" text, "alarms" text, "triggered_alarms" text, constraint "run_command_command_pk" primary key ("account", "region", "command_id"));
CREATE TABLE "run_command_content" ("account" text not null, "region" text not null, "hash" text not null, "content" text not null, constraint "run_command_content_pk" primary key ("account", "region", "hash"));
CREATE TABLE "run_command_invocation" ("account" text not null, "region" text not null, "command_id" text not null, "node_id" text not null, "state" text not null, "computer_name" text not null, "platform_type" text not null, "document_name" text not null, "requested_at" bigint not null, "dispatched_at" bigint, "delivered_at" bigint, "finished_at" bigint, "trace" text not null, "final_epoch" integer default 0 not null, "cancelled_by" text, "change_seq" integer default 0 not null, "streamed" integer default 0 not null, constraint "run_command_invocation_pk" primary key ("account", "region", "command_id", "node_id"));
CREATE TABLE "run_command_loose_blob" ("account" text not null, "region" text not null, "sha256" text not null, constraint "run_command_loose_blob_pk" primary key ("account", "region", "sha256"));
CREATE TABLE "run_command_step" ("account" text not null, "region" text not null, "command_id" text not null, "node_id" text not null, "step_name" text not null, "plugin" text not null, "status" text not null, "code" integer not null, "started_at" bigint, "ended_at" bigint, "output" text not null, "stdout" text not null, "stderr" text not null, "output_hash" text, "change_seq" integer default 0 not null, constraint "run_command_step_pk" primary key ("account", "region", "command_id", "node_id", "step_name"));
CREATE TABLE "run_command_stream" ("account" text not null, "region" text not null, "command_id" text not null, "node_id" text not null, "step_name" text not null, "stream" text not null, "next_offset" integer not null, "kept_bytes" integer not null, "gaps" text not null, "ended" integer not null, "loose" integer not null, "updated_at" integer not null, "change_seq" integer not null, "sha256" text, "blob" text, "blob_frames" text, "due_at" integer, constraint "run_command_stream_pk" primary key ("account", "region", "command_id", "node_id", "step_name", "stream"));
CREATE TABLE "tag" ("account" text not null, "region" text not null, "resource_type" text not null, "resource_id" text not null, "key" text not null, "value" text not null, constraint "tag_pk" primary key ("account", "region", "resource_type", "resource_id", "key"));
CREATE INDEX "documents_attachment_sha256" on "documents_attachment" ("sha256");
CREATE INDEX "documents_loose_blob_due" on "documents_loose_blob" ("due_at");
CREATE INDEX "documents_share_grantee" on "documents_share" ("region", "grantee", "account", "name");
CREATE INDEX "documents_upload_kept_until" on "documents_upload" ("kept_until");
CREATE INDEX "documents_upload_sha256" on "documents_upload" ("sha256");
CREATE UNIQUE INDEX "identity_access_key_administrator" on "identity_access_key" ("account", "kind") where "kind" = 'administrator';
CREATE UNIQUE INDEX "identity_access_key_by_id" on "identity_access_key" ("access_key_id");
CREATE INDEX "identity_access_key_by_user" on "identity_access_key" ("account", "region", "user_id") where "user_id" is not null;
CREATE UNIQUE INDEX "identity_account_alias_once" on "identity_account_alias" ("alias");
CREATE INDEX "identity_attachment_by_policy" on "identity_attachment" ("account", "region", "policy_arn", "entity_id");
CREATE INDEX "identity_entity_by_boundary" on "identity_entity" ("account", "region", "boundary_arn") where "boundary_arn" is not null;
CREATE UNIQUE INDEX "identity_entity_by_id" on "identity_entity" ("account", "region", "id");
CREATE INDEX "identity_entity_by_role" on "identity_entity" ("account", "region", "role_id") where "role_id" is not null;
CREATE INDEX "identity_membership_by_user" on "identity_membership" ("account", "region", "user_id", "group_id");
CREATE INDEX "journal_entry_by_time" on "journal_entry" ("account", "region", "at", "sequence");
CREATE INDEX "keys_alias_key" on "keys_alias" ("account", "region", "key_id", "name");
CREATE INDEX "keys_grant_grantee" on "keys_grant" ("account", "region", "key_id", "grantee", "grant_id");
CREATE INDEX "keys_grant_retiring" on "keys_grant" ("region", "retiring", "grant_id");
CREATE INDEX "keys_key_deletion" on "keys_key" ("deletion_at");
CREATE INDEX "keys_key_rotation" on "keys_key" ("rotation_at");
CREATE INDEX "mailbox_letter_expiry" on "mailbox_letter" ("expires_at");
CREATE INDEX "mailbox_letter_node" on "mailbox_letter" ("account", "region", "node_id", "kind", "sequence");
CREATE UNIQUE INDEX "nodes_activation_id" on "nodes_activation" ("activation_id");
CREATE INDEX "nodes_node_activation_id" on "nodes_node" ("account", "region", "activation_id", "node_id");
CREATE INDEX "nodes_node_agent_version" on "nodes_node" ("account", "region", "agent_version", "node_id");
CREATE INDEX "nodes_node_iam_role" on "nodes_node" ("account", "region", "iam_role", "node_id");
CREATE UNIQUE INDEX "nodes_node_id" on "nodes_node" ("node_id");
CREATE INDEX "nodes_node_ping_status" on "nodes_node" ("account", "region", "ping_status", "node_id");
CREATE INDEX "nodes_node_platform_type" on "nodes_node" ("account", "region", "platform_type", "node_id");
CREATE INDEX "nodes_node_silent" on "nodes_node" ("ping_status", "last_ping_at");
CREATE INDEX "parameters_grantee_grantee" on "parameters_grantee" ("region", "grantee", "account", "key");
CREATE INDEX "parameters_label_label" on "parameters_label" ("account", "region", "label", "key", "version");
CREATE INDEX "parameters_parameter_data_type" on "parameters_parameter" ("account", "region", "data_type", "key") where data_type <> 'text';
CREATE INDEX "parameters_parameter_due" on "parameters_parameter" ("due_at", "account", "region", "key") where "due_at" is not null;
CREATE INDEX "parameters_parameter_key_id" on "parameters_parameter" ("account", "region", "key_id", "key") where "key_id" is not null;
CREATE INDEX "parameters_parameter_parent" on "parameters_parameter" ("account", "region", "parent", "key");
CREATE INDEX "parameters_parameter_tier" on "parameters_parameter" ("account", "region", "tier", "key") where tier <> 'Standard';
CREATE INDEX "parameters_parameter_type" on "parameters_parameter" ("account", "region", "type", "key");
CREATE INDEX "run_command_chunk_changed" on "run_command_chunk" ("account", "region", "command_id", "change_seq", "node_id", "step_name", "stream", "start_offset");
CREATE INDEX "run_command_command_by_content" on "run_command_command" ("account", "region", "document_hash");
CREATE INDEX "run_command_command_by_document" on "run_command_command" ("account", "region", "document_name", "requested_at", "command_id");
CREATE INDEX run_command_command_by_document_state
      on run_command_command (account, region, document_name, state, (requested_at + 0), command_id);
CREATE INDEX "run_command_command_by_state" on "run_command_command" ("account", "region", "state", "requested_at", "command_id");
CREATE INDEX "run_command_command_by_time" on "run_command_command" ("account", "region", "requested_at", "command_id");
CREATE INDEX "run_command_command_due" on "run_command_command" ("due_at") where "due_at" is not null;
CREATE INDEX "run_command_command_finished" on "run_command_command" ("finished_at") where "finished_at" is not null;
CREATE INDEX "run_command_command_with_cancelled" on "run_command_command" ("account", "region", "requested_at", "command_id") where "cancelled" > 0;
CREATE INDEX "run_command_command_with_cancelled_by_document" on "run_command_command" ("account", "region", "document_name", "requested_at", "command_id") where "cancelled" > 0;
CREATE INDEX "run_command_command_with_delivery_timed_out" on "run_command_command" ("account", "region", "requested_at", "command_id") where "delivery_timed_out" > 0;
CREATE INDEX "run_command_command_with_delivery_timed_out_by_document" on "run_command_command" ("account", "region", "document_name", "requested_at", "command_id") where "delivery_timed_out" > 0;
CREATE INDEX "run_command_command_with_execution_timed_out" on "run_command_command" ("account", "region", "requested_at", "command_id") where "execution_timed_out" > 0;
CREATE INDEX "run_command_command_with_execution_timed_out_by_document" on "run_command_command" ("account", "region", "document_name", "requested_at", "command_id") where "execution_timed_out" > 0;
CREATE INDEX "run_command_command_with_failed" on "run_command_command" ("account", "region", "requested_at", "command_id") where "failed" > 0;
CREATE INDEX "run_command_command_with_failed_by_document" on "run_command_command" ("account", "region", "document_name", "requested_at", "command_id") where "failed" > 0;
CREATE INDEX "run_command_command_with_in_flight" on "run_command_command" ("account", "region", "requested_at", "command_id") where "in_flight" > 0;
CREATE INDEX "run_command_command_with_in_flight_by_document" on "run_command_command" ("account", "region", "document_name", "requested_at", "command_id") where "in_flight" > 0;
CREATE INDEX "run_command_command_with_pending" on "run_command_command" ("account", "region", "requested_at", "command_id") where "pending" > 0;
CREATE INDEX "run_command_command_with_pending_by_document" on "run_command_command" ("account", "region", "document_name", "requested_at", "command_id") where "pending" > 0;
CREATE INDEX "run_command_command_with_success" on "run_command_command" ("account", "region", "requested_at", "command_id") where "success" > 0;
CREATE INDEX "run_command_command_with_success_by_document" on "run_command_command" ("account", "region", "document_name", "requested_at", "command_id") where "success" > 0;
CREATE INDEX "run_command_command_with_terminated" on "run_command_command" ("account", "region", "requested_at", "command_id") where "terminated" > 0;
CREATE INDEX "run_command_command_with_terminated_by_document" on "run_command_command" ("account", "region", "document_name", "requested_at", "command_id") where "terminated" > 0;
CREATE INDEX "run_command_command_with_unreached" on "run_command_command" ("account", "region", "requested_at", "command_id") where "unreached" > 0;
CREATE INDEX "run_command_command_with_unreached_by_document" on "run_command_command" ("account", "region", "document_name", "requested_at", "command_id") where "unreached" > 0;
CREATE INDEX "run_command_invocation_by_node" on "run_command_invocation" ("account", "region", "node_id", "requested_at", "command_id", "document_name");
CREATE INDEX "run_command_invocation_by_state" on "run_command_invocation" ("account", "region", "command_id", "state", "node_id");
CREATE INDEX "run_command_invocation_changed" on "run_command_invocation" ("account", "region", "command_id", "change_seq", "node_id") where change_seq > 0;
CREATE INDEX "run_command_invocation_not_success" on "run_command_invocation" ("account", "region", "node_id", "state", "requested_at", "command_id") where state <> 'Success';
CREATE INDEX "run_command_step_results" on "run_command_step" ("account", "region", "command_id", "step_name", "node_id", "code", "output_hash");
CREATE INDEX "run_command_stream_changed" on "run_command_stream" ("account", "region", "command_id", "change_seq");
CREATE INDEX "run_command_stream_due" on "run_command_stream" ("due_at") where "due_at" is not null;
CREATE INDEX "tag_by_key" on "tag" ("account", "region", "resource_type", "key", "resource_id");
CREATE INDEX "tag_by_value" on "tag" ("account", "region", "resource_type", "key", "value", "resource_id");
insert into "account_service_setting" ("account", "region", "setting_id", "value", "modified_at", "modified_by") values ('000000000000', 'us-east-1', '/ssm/parameter-store/default-parameter-tier', 'Advanced', 1795254477048, 'arn:aws:iam::000000000000:user/administrator');
insert into "audit_digest" ("account", "region", "name", "of_region", "next_start_at", "bucket", "object", "hash", "signature") values ('000000000000', 'us-east-1', 'both', 'us-east-1', 1795254477044, null, null, null, null);
insert into "audit_file" ("account", "region", "name", "of_region", "bucket", "object", "hash", "oldest_at", "newest_at", "delivered_at") values ('000000000000', 'us-east-1', 'both', 'us-east-1', 'audit', 'AWSLogs/000000000000/CloudTrail/us-east-1/2026/11/21/000000000000_CloudTrail_us-east-1_20261121T0947Z_Vs9sTuINeolPnwYE.json.gz', 'ba2de5d3cc44df61e8c6ab973f6d2f6f14095caaf4cbce3dd10c521577869fbf', 1795254474578, 1795254475549, 1795254477044);
insert into "audit_file" ("account", "region", "name", "of_region", "bucket", "object", "hash", "oldest_at", "newest_at", "delivered_at") values ('000000000000', 'us-east-1', 'both', 'us-east-1', 'audit', 'AWSLogs/000000000000/CloudTrail/us-east-1/2026/11/21/000000000000_CloudTrail_us-east-1_20261121T0947Z_nb0R9MSqGKG1pqvO.json.gz', 'a37c9502c793d4c2ef815ecef0cd38aec5471ddaebdb0a1fc24cc0ec6ecdf125', 1795254476056, 1795254478775, 1795254482044);
insert into "audit_log_position" ("account", "region", "name", "of_region", "sequence", "place") values ('000000000000', 'us-east-1', 'both', 'us-east-1', 12, '1:9737');
insert into "audit_position" ("account", "region", "name", "of_region", "sequence") values ('000000000000', 'us-east-1', 'both', 'us-east-1', 12);
insert into "audit_trail" ("account", "region", "name", "bucket", "prefix", "multi_region", "global_events", "selectors", "logging", "started_at", "stopped_at", "attempted_at", "delivered_at", "failure", "log_group", "log_role", "log_delivered_at", "log_failure", "digests", "digest_delivered_at", "digest_failure") values ('000000000000', 'us-east-1', 'both', 'audit', null, 0, 1, null, 1, 1795254474581, null, 1795254482044, 1795254482044, null, 'arn:aws:logs:us-east-1:000000000000:log-group:audit:*', 'arn:aws:iam::000000000000:role/trail', 1795254482044, null, 1, null, null);
insert into "identity_entity" ("account", "region", "kind", "name_key", "name", "id", "path", "created_at", "boundary_arn", "description", "trust_policy", "max_session_seconds", "service", "role_id", "default_version", "last_version", "updated_at") values ('000000000000', '-', 'user', 'ann', 'ann', 'AIDAPOOTD4VPDDNPS2FQT', '/', 1795254472971, null, null, null, null, null, null, null, null, null);
insert into "identity_entity" ("account", "region", "kind", "name_key", "name", "id", "path", "created_at", "boundary_arn", "description", "trust_policy", "max_session_seconds", "service", "role_id", "default_version", "last_version", "updated_at") values ('000000000000', '-', 'role', 'trail', 'trail', 'AROAH4JHH64KGYCPE7A6Y', '/', 1795254473427, null, null, '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"sts:AssumeRole"}]}', 3600, null, null, null, null, null);
insert into "journal_chain" ("account", "region", "sealed_sequence", "sealed_hash", "sealed_at", "sealed_signature", "sealed_bytes", "cut_sequence", "cut_hash", "cut_at", "cut_signature", "cut_bytes") values ('000000000000', 'us-east-1', 12, 'c075e3e86c9da8ba4e2079562fe2666100002b4b7bc5866663fed8c6b60627c9', 1795254479046, 'bBfJJaMRABWYSWN7GbtNTB04+pSZ/kwQ/pkJNDPB8ok3Sd139DAQH6bikVKtd7pctP4bT89+6E/TyExObIyzDA==', 8748, 0, '0000000000000000000000000000000000000000000000000000000000000000', 0, '', 0);
insert into "journal_entry" ("account", "region", "sequence", "request_id", "at", "event_source", "event_name", "audit_class", "principal", "access_key_id", "source_ip", "user_agent", "request_parameters", "resources", "error_code", "error_message") values ('000000000000', 'us-east-1', 1, 'd6c46455-c671-4ce1-933f-2f0aee157dd9', 1795254472971, 'iam.amazonaws.com', 'CreateUser', 'write', '{"kind":"administrator","account":"000000000000","accessKeyId":"AKIAIOSFODNN7EXAMPLE","arn":"arn:aws:iam::000000000000:user/administrator","userId":"AIDABR5QFVLKVRCTOBWT"}', 'AKIAIOSFODNN7EXAMPLE', '127.0.0.1', 'aws-cli/1.45.11 md/Botocore#1.43.11 ua/2.1 os/linux#6.18.44-fc-v669 md/arch#x86_64 lang/python#3.11.7 md/pyimpl#CPython m/D,Z,N,g,b cfg/retry-mode#legacy botocore/1.43.11', '{"userName":"ann"}', '["arn:aws:iam::000000000000:user/ann"]', null, null);
insert into "journal_entry" ("account", "region", "sequence", "request_id", "at", "event_source", "event_name", "audit_class", "principal", "access_key_id", "source_ip", "user_agent", "request_parameters", "resources", "error_code", "error_message") values ('000000000000', 'us-east-1', 2, '538ea70b-d86c-43c4-b50c-d86244761a7b', 1795254473427, 'iam.amazonaws.com', 'CreateRole', 'write', '{"kind":"administrator","account":"000000000000","accessKeyId":"AKIAIOSFODNN7EXAMPLE","arn":"arn:aws:iam::000000000000:user/administrator","userId":"AIDABR5QFVLKVRCTOBWT"}', 'AKIAIOSFODNN7EXAMPLE', '127.0.0.1', 'aws-cli/1.45.11 md/Botocore#1.43.11 ua/2.1 os/linux#6.18.44-fc-v669 md/arch#x86_64 lang/python#3.11.7 md/pyimpl#CPython m/D,N,Z,g,b cfg/retry-mode#legacy botocore/1.43.11', '{"roleName":"trail","assumeRolePolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"cloudtrail.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}"}', '["arn:aws:iam::000000000000:role/trail"]', null, null);
insert into "journal_entry" ("account", "region", "sequence", "request_id", "at", "event_source", "event_name", "audit_class", "principal", "access_key_id", "source_ip", "user_agent", "request_parameters", "resources", "error_code", "error_message") values ('000000000000', 'us-east-1', 3, '5f3c1cf9-7412-4a7b-8821-3b74e96d72c2', 1795254473909, 'cloudtrail.amazonaws.com', 'CreateTrail', 'write', '{"kind":"administrator","account":"000000000000","accessKeyId":"AKIAIOSFODNN7EXAMPLE","arn":"arn:aws:iam::000000000000:user/administrator","userId":"AIDABR5QFVLKVRCTOBWT"}', 'AKIAIOSFODNN7EXAMPLE', '127.0.0.1', 'aws-cli/1.45.11 md/Botocore#1.43.11 ua/2.1 os/linux#6.18.44-fc-v669 md/arch#x86_64 lang/python#3.11.7 md/pyimpl#CPython m/b,Z,g,D,N cfg/retry-mode#legacy botocore/1.43.11', '{"name":"both","s3BucketName":"audit","enableLogFileValidation":true,"cloudWatchLogsLogGroupArn":"arn:aws:logs:us-east-1:000000000000:log-group:audit:*","cloudWatchLogsRoleArn":"arn:aws:iam::000000000000:role/trail"}', '["arn:aws:cloudtrail:us-east-1:000000000000:trail/both"]', null, null);
insert into "journal_entry" ("account", "region", "sequence", "request_id", "at", "event_source", "event_name", "audit_class", "principal", "access_key_id", "source_ip", "user_agent", "request_parameters", "resources", "error_code", "error_message") values ('000000000000', 'us-east-1', 4, 'ee5e4771-c34b-4795-81ce-6837119b9a36', 1795254474578, 'cloudtrail.amazonaws.com', 'StartLogging', 'write', '{"kind":"administrator","account":"000000000000","accessKeyId":"AKIAIOSFODNN7EXAMPLE","arn":"arn:aws:iam::000000000000:user/administrator","userId":"AIDABR5QFVLKVRCTOBWT"}', 'AKIAIOSFODNN7EXAMPLE', '127.0.0.1', 'aws-cli/1.45.11 md/Botocore#1.43.11 ua/2.1 os/linux#6.18.44-fc-v669 md/arch#x86_64 lang/python#3.11.7 md/pyimpl#CPython m/g,N,Z,D,b cfg/retry-mode#legacy botocore/1.43.11', '{"name":"both"}', '["arn:aws:cloudtrail:us-east-1:000000000000:trail/both"]', null, null);
insert into "journal_entry" ("account", "region", "sequence", "request_id", "at", "event_source", "event_name", "audit_class", "principal", "access_key_id", "source_ip", "user_agent", "request_parameters", "resources", "error_code", "error_message") values ('000000000000', 'us-east-1', 5, '5267d2ea-a830-477f-8f27-d1a3b443a138', 1795254475055, 'kms.amazonaws.com', 'CreateKey', 'write', '{"kind":"administrator","account":"000000000000","accessKeyId":"AKIAIOSFODNN7EXAMPLE","arn":"arn:aws:iam::000000000000:user/administrator","userId":"AIDABR5QFVLKVRCTOBWT"}', 'AKIAIOSFODNN7EXAMPLE', '127.0.0.1', 'aws-cli/1.45.11 md/Botocore#1.43.11 ua/2.1 os/linux#6.18.44-fc-v669 md/arch#x86_64 lang/python#3.11.7 md/pyimpl#CPython m/g,N,b,Z,D cfg/retry-mode#legacy botocore/1.43.11', '{"description":"granted"}', '["arn:aws:kms:us-east-1:000000000000:key/6606245c-a3b4-4fb9-8061-b145adec0e76"]', null, null);
insert into "journal_entry" ("account", "region", "sequence", "request_id", "at", "event_source", "event_name", "audit_class", "principal", "access_key_id", "source_ip", "user_agent", "request_parameters", "resources", "error_code", "error_message") values ('000000000000', 'us-east-1', 6, '3ca1def0-e9c5-465e-8557-03f687a1d644', 1795254475549, 'kms.amazonaws.com', 'CreateKey', 'write', '{"kind":"administrator","account":"000000000000","accessKeyId":"AKIAIOSFODNN7EXAMPLE","arn":"arn:aws:iam::000000000000:user/administrator","userId":"AIDABR5QFVLKVRCTOBWT"}', 'AKIAIOSFODNN7EXAMPLE', '127.0.0.1', 'aws-cli/1.45.11 md/Botocore#1.43.11 ua/2.1 os/linux#6.18.44-fc-v669 md/arch#x86_64 lang/python#3.11.7 md/pyimpl#CPython m/Z,D,b,g,N cfg/retry-mode#legacy botocore/1.43.11', '{"keyUsage":"GENERATE_VERIFY_MAC","keySpec":"HMAC_256"}', '["arn:aws:kms:us-east-1:000000000000:key/4a521ccf-ac58-44e7-abb9-9cbbfb63333f"]', null, null);
insert into "journal_entry" ("account", "region", "sequence", "request_id", "at", "event_source", "event_name", "audit_class", "principal", "access_key_id", "source_ip", "user_agent", "request_parameters", "resources", "error_code", "error_message") values ('000000000000', 'us-east-1', 7, 'c0555cde-0f87-46e6-8358-e5fc8436a326', 1795254476056, 'kms.amazonaws.com', 'CreateGrant', 'write', '{"kind":"administrator","account":"000000000000","accessKeyId":"AKIAIOSFODNN7EXAMPLE","arn":"arn:aws:iam::000000000000:user/administrator","userId":"AIDABR5QFVLKVRCTOBWT"}', 'AKIAIOSFODNN7EXAMPLE', '127.0.0.1', 'aws-cli/1.45.11 md/Botocore#1.43.11 ua/2.1 os/linux#6.18.44-fc-v669 md/arch#x86_64 lang/python#3.11.7 md/pyimpl#CPython m/N,D,Z,b,g cfg/retry-mode#legacy botocore/1.43.11', '{"keyId":"6606245c-a3b4-4fb9-8061-b145adec0e76","granteePrincipal":"arn:aws:iam::000000000000:user/ann","operations":["Decrypt","DescribeKey"],"constraints":{"encryptionContextSubset":{"app":"web"}},"name":"reader"}', '["arn:aws:kms:us-east-1:000000000000:key/6606245c-a3b4-4fb9-8061-b145adec0e76"]', null, null);
insert into "journal_entry" ("account", "region", "sequence", "request_id", "at", "event_source", "event_name", "audit_class", "principal", "access_key_id", "source_ip", "user_agent", "request_parameters", "resources", "error_code", "error_message") values ('000000000000', 'us-east-1', 8, '836bfbfb-f1ea-46b0-89df-e884f48e255a', 1795254477048, 'ssm.amazonaws.com', 'UpdateServiceSetting', 'write', '{"kind":"administrator","account":"000000000000","accessKeyId":"AKIAIOSFODNN7EXAMPLE","arn":"arn:aws:iam::000000000000:user/administrator","userId":"AIDABR5QFVLKVRCTOBWT"}', 'AKIAIOSFODNN7EXAMPLE', '127.0.0.1', 'aws-cli/1.45.11 md/Botocore#1.43.11 ua/2.1 os/linux#6.18.44-fc-v669 md/arch#x86_64 lang/python#3.11.7 md/pyimpl#CPython m/N,D,g,b,Z cfg/retry-mode#legacy botocore/1.43.11', '{"settingId":"/ssm/parameter-store/default-parameter-tier","settingValue":"Advanced"}', '["arn:aws:ssm:us-east-1:000000000000:servicesetting/ssm/parameter-store/default-parameter-tier"]', null, null);
insert into "journal_entry" ("account", "region", "sequence", "request_id", "at", "event_source", "event_name", "audit_class", "principal", "access_key_id", "source_ip", "user_agent", "request_parameters", "resources", "error_code", "error_message") values ('000000000000', 'us-east-1', 9, 'd30f4f33-5222-4f48-8508-ce4e1aa9c7d9', 1795254476536, 'kms.amazonaws.com', 'GenerateMac', 'read', '{"kind":"administrator","account":"000000000000","accessKeyId":"AKIAIOSFODNN7EXAMPLE","arn":"arn:aws:iam::000000000000:user/administrator","userId":"AIDABR5QFVLKVRCTOBWT"}', 'AKIAIOSFODNN7EXAMPLE', '127.0.0.1', 'aws-cli/1.45.11 md/Botocore#1.43.11 ua/2.1 os/linux#6.18.44-fc-v669 md/arch#x86_64 lang/python#3.11.7 md/pyimpl#CPython m/Z,N,g,D,b cfg/retry-mode#legacy botocore/1.43.11', '{"message":"HIDDEN_DUE_TO_SECURITY_REASONS","keyId":"4a521ccf-ac58-44e7-abb9-9cbbfb63333f","macAlgorithm":"HMAC_SHA_256"}', '["arn:aws:kms:us-east-1:000000000000:key/4a521ccf-ac58-44e7-abb9-9cbbfb63333f"]', null, null);
insert into "journal_entry" ("account", "region", "sequence", "request_id", "at", "event_source", "event_name", "audit_class", "principal", "access_key_id", "source_ip", "user_agent", "request_parameters", "resources", "error_code", "error_message") values ('000000000000', 'us-east-1', 10, '51596b48-0e1c-47fd-acf6-8bdb8ed0709e', 1795254477707, 'ssm.amazonaws.com', 'PutParameter', 'write', '{"kind":"administrator","account":"000000000000","accessKeyId":"AKIAIOSFODNN7EXAMPLE","arn":"arn:aws:iam::000000000000:user/administrator","userId":"AIDABR5QFVLKVRCTOBWT"}', 'AKIAIOSFODNN7EXAMPLE', '127.0.0.1', 'aws-cli/1.45.11 md/Botocore#1.43.11 ua/2.1 os/linux#6.18.44-fc-v669 md/arch#x86_64 lang/python#3.11.7 md/pyimpl#CPython m/Z,N,b,g,D cfg/retry-mode#legacy botocore/1.43.11', '{"name":"/grp/a","value":"HIDDEN_DUE_TO_SECURITY_REASONS","type":"String","tags":[{"key":"env","value":"prod"}]}', '["arn:aws:ssm:us-east-1:000000000000:parameter/grp/a"]', null, null);
insert into "journal_entry" ("account", "region", "sequence", "request_id", "at", "event_source", "event_name", "audit_class", "principal", "access_key_id", "source_ip", "user_agent", "request_parameters", "resources", "error_code", "error_message") values ('000000000000', 'us-east-1', 11, 'c1f19714-1494-4a3f-a238-33df3de10058', 1795254478279, 'ssm.amazonaws.com', 'PutParameter', 'write', '{"kind":"administrator","account":"000000000000","accessKeyId":"AKIAIOSFODNN7EXAMPLE","arn":"arn:aws:iam::000000000000:user/administrator","userId":"AIDABR5QFVLKVRCTOBWT"}', 'AKIAIOSFODNN7EXAMPLE', '127.0.0.1', 'aws-cli/1.45.11 md/Botocore#1.43.11 ua/2.1 os/linux#6.18.44-fc-v669 md/arch#x86_64 lang/python#3.11.7 md/pyimpl#CPython m/N,g,b,D,Z cfg/retry-mode#legacy botocore/1.43.11', '{"name":"/grp/a","value":"HIDDEN_DUE_TO_SECURITY_REASONS","overwrite":true}', '["arn:aws:ssm:us-east-1:000000000000:parameter/grp/a"]', null, null);
insert into "journal_entry" ("account", "region", "sequence", "request_id", "at", "event_source", "event_name", "audit_class", "principal", "access_key_id", "source_ip", "user_agent", "request_parameters", "resources", "error_code", "error_message") values ('000000000000', 'us-east-1', 12, '6c3586a3-c84d-47bb-ab2c-2c53067af960', 1795254478775, 'ssm.amazonaws.com', 'PutParameter', 'write', '{"kind":"administrator","account":"000000000000","accessKeyId":"AKIAIOSFODNN7EXAMPLE","arn":"arn:aws:iam::000000000000:user/administrator","userId":"AIDABR5QFVLKVRCTOBWT"}', 'AKIAIOSFODNN7EXAMPLE', '127.0.0.1', 'aws-cli/1.45.11 md/Botocore#1.43.11 ua/2.1 os/linux#6.18.44-fc-v669 md/arch#x86_64 lang/python#3.11.7 md/pyimpl#CPython m/D,b,g,N,Z cfg/retry-mode#legacy botocore/1.43.11', '{"name":"/grp/b","value":"HIDDEN_DUE_TO_SECURITY_REASONS","type":"SecureString"}', '["arn:aws:ssm:us-east-1:000000000000:parameter/grp/b"]', null, null);
insert into "journal_hash" ("account", "region", "sequence", "hash", "size_bytes") values ('000000000000', 'us-east-1', 1, '14c24a05e6d410653da4ae97ad7b724112773f2940d39f7abe38db8a3ec621ce', 606);
insert into "journal_hash" ("account", "region", "sequence", "hash", "size_bytes") values ('000000000000', 'us-east-1', 2, '36668aa42e09a2f0fc6c9042266d5d765496f5459b2636eaceeac7f9cd6a211d', 838);
insert into "journal_hash" ("account", "region", "sequence", "hash", "size_bytes") values ('000000000000', 'us-east-1', 3, '3a44091dddbaa4effe7c02f8048810217c4b8b95260381db356d9e3580e3c013', 844);
insert into "journal_hash" ("account", "region", "sequence", "hash", "size_bytes") values ('000000000000', 'us-east-1', 4, 'f2221e4b1e95663df756b6b64be4ce669982fdf3833428676c561c65482d5c97', 630);
insert into "journal_hash" ("account", "region", "sequence", "hash", "size_bytes") values ('000000000000', 'us-east-1', 5, '8f86ab9916b83b7092f2187eb41baf451a5c107285a22fe99a929fde6d63a715', 653);
insert into "journal_hash" ("account", "region", "sequence", "hash", "size_bytes") values ('000000000000', 'us-east-1', 6, '7154a784b0b99ddd37a4502fdd41acdcb5b13fbaf2fc4bfe5e2194c21a4c0ec0', 687);
insert into "journal_hash" ("account", "region", "sequence", "hash", "size_bytes") values ('000000000000', 'us-east-1', 7, '81901ccbcbee6549aa34c2fef4fe3d4c1c88c93eb7ba6c0ef0274d13a89dcd79', 867);
insert into "journal_hash" ("account", "region", "sequence", "hash", "size_bytes") values ('000000000000', 'us-east-1', 8, '9e952f311b906acdd33308067416a29ceb96790fc87404fd855408eca9ea155b', 745);
insert into "journal_hash" ("account", "region", "sequence", "hash", "size_bytes") values ('000000000000', 'us-east-1', 9, '13d5fd6ce9125ecf6edb610fe368f034622c33d92267d815027f4b525a2263b3', 758);
insert into "journal_hash" ("account", "region", "sequence", "hash", "size_bytes") values ('000000000000', 'us-east-1', 10, 'f5cba71ecf54b82700ed73f906a181e489082427a27dae7241de39f4dff852b7', 737);
insert into "journal_hash" ("account", "region", "sequence", "hash", "size_bytes") values ('000000000000', 'us-east-1', 11, 'e425e6f7f0fc2f26ab3c821bb91762bfdd733ba2c333f93b52614e32dc1be167', 688);
insert into "journal_hash" ("account", "region", "sequence", "hash", "size_bytes") values ('000000000000', 'us-east-1', 12, 'c075e3e86c9da8ba4e2079562fe2666100002b4b7bc5866663fed8c6b60627c9', 695);
insert into "journal_head" ("account", "region", "sequence") values ('000000000000', 'us-east-1', 12);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'xeoKKeXXkiNDjMKq', 1795254472971, 1);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'yUSmpg6BZQ5B68n7', 1795254472971, 1);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'dc4WwNmN3zdRYTMy', 1795254472971, 1);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'Ncw2elzJKTvMRTAQ', 1795254472971, 1);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'L8TRxV4J_DMnN-WW', 1795254473427, 2);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'yUSmpg6BZQ5B68n7', 1795254473427, 2);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'dc4WwNmN3zdRYTMy', 1795254473427, 2);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'W5J4IhBP66Z0vcQk', 1795254473427, 2);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'Ro5Xmnej-SRgAu-8', 1795254473909, 3);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'yUSmpg6BZQ5B68n7', 1795254473909, 3);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'dc4WwNmN3zdRYTMy', 1795254473909, 3);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'r-hIhy7cNKbegYn6', 1795254473909, 3);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', '6ceSh7PckOL0Yu9l', 1795254474578, 4);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'yUSmpg6BZQ5B68n7', 1795254474578, 4);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'dc4WwNmN3zdRYTMy', 1795254474578, 4);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'r-hIhy7cNKbegYn6', 1795254474578, 4);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'n1WwnYabupD4Kc8T', 1795254475055, 5);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'yUSmpg6BZQ5B68n7', 1795254475055, 5);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'dc4WwNmN3zdRYTMy', 1795254475055, 5);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', '2gvlI3fK3_4PliLy', 1795254475055, 5);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'n1WwnYabupD4Kc8T', 1795254475549, 6);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'yUSmpg6BZQ5B68n7', 1795254475549, 6);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'dc4WwNmN3zdRYTMy', 1795254475549, 6);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'rgKHc1HIdbQUaROA', 1795254475549, 6);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'iFKIEXqzdnW92XYd', 1795254476056, 7);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'yUSmpg6BZQ5B68n7', 1795254476056, 7);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'dc4WwNmN3zdRYTMy', 1795254476056, 7);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', '2gvlI3fK3_4PliLy', 1795254476056, 7);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'EeH32deHxJ6rD43q', 1795254477048, 8);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'yUSmpg6BZQ5B68n7', 1795254477048, 8);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'dc4WwNmN3zdRYTMy', 1795254477048, 8);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'JsaVBVqslH7GIWjG', 1795254477048, 8);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'ElGFcZKkfA4MyizP', 1795254476536, 9);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'yUSmpg6BZQ5B68n7', 1795254476536, 9);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'dc4WwNmN3zdRYTMy', 1795254476536, 9);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'rgKHc1HIdbQUaROA', 1795254476536, 9);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'O78ReRbBZIkMRtCJ', 1795254477707, 10);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'yUSmpg6BZQ5B68n7', 1795254477707, 10);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'dc4WwNmN3zdRYTMy', 1795254477707, 10);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'H3Iv5NP7Em14yuIC', 1795254477707, 10);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'O78ReRbBZIkMRtCJ', 1795254478279, 11);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'yUSmpg6BZQ5B68n7', 1795254478279, 11);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'dc4WwNmN3zdRYTMy', 1795254478279, 11);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'H3Iv5NP7Em14yuIC', 1795254478279, 11);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'O78ReRbBZIkMRtCJ', 1795254478775, 12);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'yUSmpg6BZQ5B68n7', 1795254478775, 12);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'dc4WwNmN3zdRYTMy', 1795254478775, 12);
insert into "journal_term" ("account", "region", "term", "at", "sequence") values ('000000000000', 'us-east-1', 'pH5Ivv3-KyDFP-0K', 1795254478775, 12);
insert into "keys_alias" ("account", "region", "name", "key_id", "created_at", "updated_at") values ('000000000000', 'us-east-1', 'alias/aws/ssm', '1f9889a1-761f-4ccc-9d46-05b9639dcb30', 1795254478778, 1795254478778);
insert into "keys_grant" ("account", "region", "key_id", "grant_id", "name", "grantee", "retiring", "issuer", "operations", "constraints", "created_at") values ('000000000000', 'us-east-1', '6606245c-a3b4-4fb9-8061-b145adec0e76', 'fceea33722285407f3570ef920dafa993b3822ac42a5cbafc435f850e9534b49', 'reader', 'arn:aws:iam::000000000000:user/ann', null, '000000000000', '["Decrypt","DescribeKey"]', '{"subset":{"app":"web"}}', 1795254476056);
insert into "keys_key" ("account", "region", "key_id", "manager", "description", "state", "policy", "created_at", "version", "deletion_at", "deletion_days", "rotation_days", "rotation_at", "spec") values ('000000000000', 'us-east-1', '6606245c-a3b4-4fb9-8061-b145adec0e76', 'CUSTOMER', 'granted', 'Enabled', '{
  "Version": "2012-10-17",
  "Id": "key-default-1",
  "Statement": [
    {
      "Sid": "Enable IAM User Permissions",
      "Effect": "Allow",
      "Principal": {
        "AWS": "arn:aws:iam::000000000000:root"
      },
      "Action": "kms:*",
      "Resource": "*"
    }
  ]
}', 1795254475055, 1, null, null, null, null, 'SYMMETRIC_DEFAULT');
insert into "keys_key" ("account", "region", "key_id", "manager", "description", "state", "policy", "created_at", "version", "deletion_at", "deletion_days", "rotation_days", "rotation_at", "spec") values ('000000000000', 'us-east-1', '4a521ccf-ac58-44e7-abb9-9cbbfb63333f', 'CUSTOMER', '', 'Enabled', '{
  "Version": "2012-10-17",
  "Id": "key-default-1",
  "Statement": [
    {
      "Sid": "Enable IAM User Permissions",
      "Effect": "Allow",
      "Principal": {
        "AWS": "arn:aws:iam::000000000000:root"
      },
      "Action": "kms:*",
      "Resource": "*"
    }
  ]
}', 1795254475549, 1, null, null, null, null, 'HMAC_256');
insert into "keys_key" ("account", "region", "key_id", "manager", "description", "state", "policy", "created_at", "version", "deletion_at", "deletion_days", "rotation_days", "rotation_at", "spec") values ('000000000000', 'us-east-1', '1f9889a1-761f-4ccc-9d46-05b9639dcb30', 'AWS', 'Default key that protects my SSM parameters when no other key is defined', 'Enabled', '{
  "Version": "2012-10-17",
  "Id": "auto-ssm-1",
  "Statement": [
    {
      "Sid": "Allow access through SSM for all principals in the account that are authorized to use SSM",
      "Effect": "Allow",
      "Principal": {
        "AWS": "*"
      },
      "Action": [
        "kms:Encrypt",
        "kms:Decrypt",
        "kms:ReEncrypt*",
        "kms:GenerateDataKey*",
        "kms:CreateGrant",
        "kms:DescribeKey"
      ],
      "Resource": "*",
      "Condition": {
        "StringEquals": {
          "kms:ViaService": "ssm.us-east-1.amazonaws.com",
          "kms:CallerAccount": "000000000000"
        }
      }
    },
    {
      "Sid": "Allow direct access to key metadata to the account",
      "Effect": "Allow",
      "Principal": {
        "AWS": "arn:aws:iam::000000000000:root"
      },
      "Action": [
        "kms:Describe*",
        "kms:Get*",
        "kms:List*",
        "kms:RevokeGrant"
      ],
      "Resource": "*"
    }
  ]
}', 1795254478778, 1, null, null, null, null, 'SYMMETRIC_DEFAULT');
insert into "keys_material" ("account", "region", "key_id", "version", "material_id", "sealed_material", "created_at", "on_demand") values ('000000000000', 'us-east-1', '6606245c-a3b4-4fb9-8061-b145adec0e76', 1, '4111ba8bd609dbd1859fe5b5455301f7c8672ae4af18a8c857bcbefa88496ecf', 'v1:3ffad73de023b864:5M3ye88XwQerG9w7E55qSndRsr4PZt23vx9BPaPrQgPohKusI_GPMqy44pmw-F6AH3Hu2ggDBdj6gr4SJO07spcjlYAfhOlUPfgP_rmyyoJOEiDRwO9iJK7B0Sx3CGFZnS4UHejQRSJNbDNrvw55apQCRSTZHrC_', 1795254475055, 0);
insert into "keys_material" ("account", "region", "key_id", "version", "material_id", "sealed_material", "created_at", "on_demand") values ('000000000000', 'us-east-1', '4a521ccf-ac58-44e7-abb9-9cbbfb63333f', 1, '122c28fd9f757250c756b0e0e9b2ee7b5d63473b326edcfb39e786d173f6168f', 'v1:3ffad73de023b864:g0UKzOnfTC-uUczwfxQr0gwFO1UqFYl_oT4HZoNZi7Y1nL3TpX3ByFu-bbWZrhEWyAa244MHAWS2oZLQNs-DlLp4cdXSOs5ED-Q8sW2oeSM4ibx28QVD8sQx8tQ0lM73XRr79qKekDMd9__buRs9ufURoLhwGQ-A', 1795254475549, 0);
insert into "keys_material" ("account", "region", "key_id", "version", "material_id", "sealed_material", "created_at", "on_demand") values ('000000000000', 'us-east-1', '1f9889a1-761f-4ccc-9d46-05b9639dcb30', 1, '52b0b3bfee235d4b988973898a7e9967ff134466d6e6c32db038aa1a2cb2b3ee', 'v1:3ffad73de023b864:XCMSoNnrt_6-_iFySNgr4TS9r_UrT-oyaIQFhmfleRy_IfjDIbC9V9PfGKrVwgWj6lh8QcaR8wUcbUbl7cFhchXS21YInCqKEQl0PhwM6mEcQ8f7qtuTAFd0frUqQA77gpm7HLagzNP9xRZt5RU7CuCR8MBJL4YR', 1795254478778, 0);
insert into "muster_migration" ("name", "applied_at") values ('reconcile/001-init', 1795254471684);
insert into "muster_migration" ("name", "applied_at") values ('journal/001-init', 1795254471686);
insert into "muster_migration" ("name", "applied_at") values ('journal/002-chain', 1795254471688);
insert into "muster_migration" ("name", "applied_at") values ('outbox/001-init', 1795254471689);
insert into "muster_migration" ("name", "applied_at") values ('tags/001-init', 1795254471690);
insert into "muster_migration" ("name", "applied_at") values ('account/001-init', 1795254471691);
insert into "muster_migration" ("name", "applied_at") values ('mailbox/001-init', 1795254471701);
insert into "muster_migration" ("name", "applied_at") values ('identity/001-init', 1795254471704);
insert into "muster_migration" ("name", "applied_at") values ('identity/002-entities', 1795254471716);
insert into "muster_migration" ("name", "applied_at") values ('identity/003-role-uses', 1795254471718);
insert into "muster_migration" ("name", "applied_at") values ('audit/001-init', 1795254471719);
insert into "muster_migration" ("name", "applied_at") values ('audit/002-log-groups-and-digests', 1795254471723);
insert into "muster_migration" ("name", "applied_at") values ('keys/001-init', 1795254471725);
insert into "muster_migration" ("name", "applied_at") values ('keys/002-grants-and-specs', 1795254471730);
insert into "muster_migration" ("name", "applied_at") values ('master_key/001-init', 1795254471731);
insert into "muster_migration" ("name", "applied_at") values ('resource_groups/001-init', 1795254471732);
insert into "muster_migration" ("name", "applied_at") values ('parameters/001-init', 1795254471738);
insert into "muster_migration" ("name", "applied_at") values ('parameters/002-facets', 1795254471740);
insert into "muster_migration" ("name", "applied_at") values ('documents/001-init', 1795254471741);
insert into "muster_migration" ("name", "applied_at") values ('documents/002-kinds', 1795254471745);
insert into "muster_migration" ("name", "applied_at") values ('documents/003-sharing-and-attachments', 1795254471746);
insert into "muster_migration" ("name", "applied_at") values ('nodes/001-init', 1795254471748);
insert into "muster_migration" ("name", "applied_at") values ('run-command/001-init', 1795254471752);
insert into "muster_migration" ("name", "applied_at") values ('run-command/002-steering', 1795254471764);
insert into "muster_migration" ("name", "applied_at") values ('run-command/003-output', 1795254471773);
insert into "muster_migration" ("name", "applied_at") values ('run-command/004-history', 1795254471778);
insert into "parameters_parameter" ("account", "region", "key", "version", "type", "value", "key_id", "description", "allowed_pattern", "tier", "data_type", "policies", "modified_at", "modified_by", "parent", "rooted", "oldest_version", "due_at") values ('000000000000', 'us-east-1', 'grp/a', 2, 'String', 'two', null, null, null, 'Advanced', 'text', '[]', 1795254478279, 'arn:aws:iam::000000000000:user/administrator', 'grp', 1, 1, null);
insert into "parameters_parameter" ("account", "region", "key", "version", "type", "value", "key_id", "description", "allowed_pattern", "tier", "data_type", "policies", "modified_at", "modified_by", "parent", "rooted", "oldest_version", "due_at") values ('000000000000', 'us-east-1', 'grp/b', 1, 'SecureString', 'AR+YiaF2H0zMnUYFuWOdyzAAAAAAAAAAAAABJ4L2zD0hwQxAq7I3izAaPeGGqhqeSIG3rsX24B80lZIF0rD36VhGLev6AvgoabrmhdDPZ7U=', 'alias/aws/ssm', null, null, 'Advanced', 'text', '[]', 1795254478775, 'arn:aws:iam::000000000000:user/administrator', 'grp', 1, 1, null);
insert into "parameters_version" ("account", "region", "key", "version", "type", "value", "key_id", "description", "allowed_pattern", "tier", "data_type", "policies", "modified_at", "modified_by") values ('000000000000', 'us-east-1', 'grp/a', 1, 'String', 'one', null, null, null, 'Advanced', 'text', '[]', 1795254477707, 'arn:aws:iam::000000000000:user/administrator');
insert into "reconcile_lease" ("name", "holder", "epoch", "expires_at") values ('run-command', 'embedded', 1, 1795254497054);
insert into "reconcile_lease" ("name", "holder", "epoch", "expires_at") values ('run-command-output', 'embedded', 1, 1795254497054);
insert into "reconcile_lease" ("name", "holder", "epoch", "expires_at") values ('nodes.silence', 'embedded', 1, 1795254497054);
insert into "reconcile_lease" ("name", "holder", "epoch", "expires_at") values ('mailbox-expiry', 'embedded', 1, 1795254497054);
insert into "reconcile_lease" ("name", "holder", "epoch", "expires_at") values ('documents.attachments', 'embedded', 1, 1795254497054);
insert into "reconcile_lease" ("name", "holder", "epoch", "expires_at") values ('parameters.policies', 'embedded', 1, 1795254497054);
insert into "reconcile_lease" ("name", "holder", "epoch", "expires_at") values ('journal-seal', 'embedded', 1, 1795254497054);
insert into "reconcile_lease" ("name", "holder", "epoch", "expires_at") values ('journal-cut', 'embedded', 1, 1795254497054);
insert into "reconcile_lease" ("name", "holder", "epoch", "expires_at") values ('trail-delivery', 'embedded', 1, 1795254497054);
insert into "reconcile_lease" ("name", "holder", "epoch", "expires_at") values ('keys', 'embedded', 1, 1795254497054);
insert into "reconcile_lease" ("name", "holder", "epoch", "expires_at") values ('run-command-retention', 'embedded', 1, 1795254497054);
insert into "reconcile_lease" ("name", "holder", "epoch", "expires_at") values ('blob-sweep', 'embedded', 1, 1795254497054);
insert into "reconcile_lease" ("name", "holder", "epoch", "expires_at") values ('outbox-relay', 'embedded', 1, 1795254497054);
insert into "tag" ("account", "region", "resource_type", "resource_id", "key", "value") values ('000000000000', 'us-east-1', 'Parameter', 'grp/a', 'env', 'prod');
commit;
