package config

import "time"

// Approval says which changes wait for a person.
type Approval struct {
	// Enabled turns approval on.
	Enabled bool `json:"enabled" yaml:"enabled" mapstructure:"enabled"`
	// RequireApprovalFor are the kinds of change that wait.
	RequireApprovalFor []string `json:"require_approval_for" yaml:"require_approval_for" mapstructure:"require_approval_for" jsonschema:"enum=pii_category,enum=data_classification,enum=owner,enum=description,enum=tags,enum=semantic_type,enum=type_changes,enum=field_removals,enum=deprecation"`
	// AutoApproveFor are the kinds of change that never wait.
	AutoApproveFor []string `json:"auto_approve_for" yaml:"auto_approve_for" mapstructure:"auto_approve_for" jsonschema:"enum=pii_category,enum=data_classification,enum=owner,enum=description,enum=tags,enum=semantic_type,enum=type_changes,enum=field_removals,enum=deprecation"`
	// Approvers are who may decide. Empty means anybody.
	Approvers []string `json:"approvers" yaml:"approvers" mapstructure:"approvers"`
	// ApprovalMode: any approver decides, all must agree, or the stages of approval_chain decide in turn.
	ApprovalMode string `json:"approval_mode" yaml:"approval_mode" mapstructure:"approval_mode" jsonschema:"enum=any,enum=all,enum=chain"`
	// ApprovalChain are the stages of mode chain, in order.
	ApprovalChain []ApprovalStage `json:"approval_chain" yaml:"approval_chain" mapstructure:"approval_chain"`
	// AutoApproveAboveConfidence approves generated changes of at least this confidence, 0 to 1. 0 means never.
	AutoApproveAboveConfidence float64 `json:"auto_approve_above_confidence" yaml:"auto_approve_above_confidence" mapstructure:"auto_approve_above_confidence" jsonschema:"minimum=0,maximum=1"`
	// ApprovalTimeout is how long a change waits. 0 means for ever.
	ApprovalTimeout time.Duration `json:"approval_timeout" yaml:"approval_timeout" mapstructure:"approval_timeout"`
	// ApprovalTimeoutAction is what happens to a change that nobody decided on in time.
	ApprovalTimeoutAction string `json:"approval_timeout_action" yaml:"approval_timeout_action" mapstructure:"approval_timeout_action" jsonschema:"enum=reject,enum=auto_approve"`
}

// ApprovalStage is one stage of a chain.
type ApprovalStage struct {
	// Name of the stage, unique in the chain.
	Name string `json:"name" yaml:"name" mapstructure:"name"`
	// Approvers of the stage, of whom any decides.
	Approvers []string `json:"approvers" yaml:"approvers" mapstructure:"approvers"`
	// Required false lets the stage be passed over when its timeout ends. Unset means true.
	Required *bool `json:"required" yaml:"required" mapstructure:"required"`
	// Timeout of the stage. 0 means approval_timeout.
	Timeout time.Duration `json:"timeout" yaml:"timeout" mapstructure:"timeout"`
	// Conditions are the kinds of change that the stage decides on. Empty means all.
	Conditions []string `json:"conditions" yaml:"conditions" mapstructure:"conditions" jsonschema:"enum=pii_category,enum=data_classification,enum=owner,enum=description,enum=tags,enum=semantic_type,enum=type_changes,enum=field_removals,enum=deprecation"`
}

// ApprovalKinds are the kinds of change that approval rules may name.
func ApprovalKinds() []string {
	return []string{
		"pii_category", "data_classification", "owner", "description", "tags", "semantic_type", "type_changes", "field_removals", "deprecation",
	}
}
